// node: the pool's nodes, looked at.
#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/manager_client.h"
#include "cli/swarm/node_summary.h"
#include "cli/table.h"
#include "cli/template.h"
#include "http/url.h"

namespace berth::cli {

namespace {

constexpr const char* kColumns =
    "table {{.Hostname}}\t{{.Address}}\t{{.State}}\t{{.Availability}}\t{{.Running}}/{{.Containers}}\t{{.CPUUsage}}\t"
    "{{.MemoryUsage}}\t{{.EngineVersion}}\t{{.Reason}}";

int list_nodes(Invocation& invocation) {
  http::Client client = manager_client(invocation);
  const std::string path =
      http::Query().add_if("filters", filters_json(invocation.arguments.texts("filter"))).on("/nodes");
  const std::vector<NodeSummary> nodes = read_nodes(ask_manager_json(invocation, client, "GET", path));
  if (invocation.arguments.on("quiet")) {
    for (const NodeSummary& node : nodes) invocation.terminal.out_line(node.id);
    return 0;
  }
  std::vector<json::value> rows;
  for (const NodeSummary& node : nodes) rows.push_back(node_row(node));
  const std::string format = invocation.arguments.text("format");
  const bool table = format.empty() || format == "table";
  invocation.terminal.out(format_rows(table ? kColumns : format, rows, node_headers()));
  return 0;
}

std::string ago(const std::string& time) {
  const auto since = parse_time(time);
  return since ? human_duration(std::chrono::system_clock::now() - *since) + " ago" : time;
}

// For people: everything there is to know of one node.
std::string pretty(const json::value& value) {
  const NodeSummary node = read_node(value);
  const json::object row = node_row(node).get_object();
  std::string text = "Name:            " + node.name + "\nID:              " + node.id +
                     "\nAddress:         " + node.address + "\nState:           " + node.state + ", since " +
                     ago(node.state_since) + "\n";
  if (!node.reason.empty() && node.staying == 0) text += "Reason:          " + node.reason + "\n";
  text += "Availability:    " + node.availability + "\nEngine:          " + node.engine_version +
          "\nReserved CPUs:   " + std::string(row.at("CPUUsage").get_string()) +
          "\nReserved Memory: " + std::string(row.at("MemoryUsage").get_string()) +
          "\nContainers:      " + std::to_string(node.running) + " of " + std::to_string(node.containers) + " run\n";
  if (!node.labels.empty()) text += "Labels:\n";
  for (const auto& [name, label] : node.labels) text += "  " + name + "=" + label + "\n";
  if (node.staying == 0) return text;
  text += "Staying, though it is drained:\n";
  for (const json::value& one : *find_array(*find(value, "Berth"), "Staying")) {
    text += "  '" + text_of(one, "Name") + "': " + text_of(one, "Why") + "\n";
  }
  return text;
}

int inspect_nodes(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string format = arguments.text("format");
  if (arguments.on("pretty") && !format.empty()) {
    throw Error(Kind::kInvalid, "--format is incompatible with human friendly format");
  }
  http::Client client = manager_client(invocation);
  std::vector<json::value> nodes;
  for (const std::string& name : arguments.rest) {
    nodes.push_back(ask_manager_json(invocation, client, "GET", "/nodes/" + http::percent_encode(name)));
    read_node(nodes.back());
  }
  if (arguments.on("pretty")) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      invocation.terminal.out((i == 0 ? "" : "\n") + pretty(nodes[i]));
    }
  } else if (!format.empty() && format != "json") {
    invocation.terminal.out(format_rows(format, nodes, json::object()));
  } else {
    const json::array all(nodes.begin(), nodes.end());
    invocation.terminal.out_line(format_json(all, format == "json" ? 0 : 4));
  }
  return 0;
}

Command ls_command() {
  Command command;
  command.name = "ls";
  command.aliases = {"list"};
  command.usage = "[OPTIONS]";
  command.summary = "List nodes with their states and reservations";
  command.at_most = 0;
  command.flags = manager_flags();
  command.flags.push_back(texts_flag("filter", 'f', "Filter output based on conditions provided"));
  command.flags.push_back(text_flag("format", 0, "Output: table, json, or a Go template"));
  command.flags.push_back(flag("quiet", 'q', "Only display IDs"));
  command.run = list_nodes;
  return command;
}

Command inspect_command() {
  Command command;
  command.name = "inspect";
  command.usage = "[OPTIONS] NODE...";
  command.summary = "Display detailed information on nodes";
  command.at_least = 1;
  command.flags = manager_flags();
  command.flags.push_back(text_flag("format", 'f', "Output: json, or a Go template"));
  command.flags.push_back(flag("pretty", 0, "Print the information in a human friendly format"));
  command.run = inspect_nodes;
  return command;
}

}  // namespace

Command swarm_node_command() {
  Command command;
  command.name = "node";
  command.usage = "COMMAND";
  command.summary = "Look at nodes, drain, label and remove them";
  command.children = {
      swarm_node_activate_command(), swarm_node_drain_command(), inspect_command(),          ls_command(),
      swarm_node_pause_command(),    swarm_node_rm_command(),    swarm_node_update_command()};
  return command;
}

}  // namespace berth::cli
