// info: a swarm at one look.
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/manager_client.h"
#include "cli/swarm/node_summary.h"
#include "cli/template.h"

namespace berth::cli {

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

// What the manager tells as pairs of texts, in classic Swarm's layout.
Lines lines_of(const json::value& info) {
  Lines lines;
  const json::array* pairs = find_array(info, "DriverStatus");
  if (pairs == nullptr) return lines;
  for (const json::value& pair : *pairs) {
    if (!pair.is_array() || pair.get_array().size() != 2) continue;
    const json::array& both = pair.get_array();
    if (both[0].is_string() && both[1].is_string()) {
      lines.emplace_back(std::string(both[0].get_string()), std::string(both[1].get_string()));
    }
  }
  return lines;
}

std::string line_of(const Lines& lines, std::string_view name) {
  for (const auto& [known, value] : lines) {
    if (known == name) return value;
  }
  return {};
}

// The layout of `docker info` against classic Swarm, which scripts read.
std::string text_of_info(const json::value& info) {
  const auto number = [&](const char* name) { return std::to_string(integer_of(info, name)); };
  std::string text = "Containers: " + number("Containers") + "\n Running: " + number("ContainersRunning") +
                     "\n Paused: " + number("ContainersPaused") + "\n Stopped: " + number("ContainersStopped") +
                     "\nImages: " + number("Images") + "\nServer Version: " + text_of(info, "ServerVersion") + "\n";
  for (const auto& [name, value] : lines_of(info)) text += name + ": " + value + "\n";
  return text + "CPUs: " + number("NCPU") + "\nTotal Memory: " + binary_size(Bytes{integer_of(info, "MemTotal")}) +
         "\nName: " + text_of(info, "Name") + "\n";
}

json::object totals_json(const NodeTotals& totals) {
  json::object states;
  for (const auto& [state, number] : totals.by_state) states[state] = number;
  return {{"Count", totals.nodes},          {"States", states},
          {"NanoCPUs", totals.nano_cpus},   {"ReservedNanoCPUs", totals.reserved_nano_cpus},
          {"Memory", count(totals.memory)}, {"ReservedMemory", count(totals.reserved_memory)}};
}

// For programs. The nodes' members are those of `node ls --format json`.
json::value data_of(const Invocation& invocation, http::Client& client, const json::value& info) {
  const Lines lines = lines_of(info);
  const std::vector<NodeSummary> nodes = read_nodes(ask_manager_json(invocation, client, "GET", "/nodes"));
  json::array rows;
  for (const NodeSummary& node : nodes) rows.push_back(node_row(node));
  json::array filters;
  for (const std::string& filter : split(line_of(lines, "Filters"), ',')) {
    filters.push_back(json::string(trim(filter)));
  }
  return json::object{{"Name", text_of(info, "Name")},
                      {"Version", text_of(info, "ServerVersion")},
                      {"Role", line_of(lines, "Role")},
                      {"Primary", line_of(lines, "Primary")},
                      {"Strategy", line_of(lines, "Strategy")},
                      {"Filters", filters},
                      {"Containers", integer_of(info, "Containers")},
                      {"Running", integer_of(info, "ContainersRunning")},
                      {"Paused", integer_of(info, "ContainersPaused")},
                      {"Stopped", integer_of(info, "ContainersStopped")},
                      {"Images", integer_of(info, "Images")},
                      {"NodeTotals", totals_json(totals_of(nodes))},
                      {"Nodes", rows}};
}

int show_info(Invocation& invocation) {
  http::Client client = manager_client(invocation);
  const json::value info = ask_manager_json(invocation, client, "GET", "/info");
  if (text_of(info, "Driver") != "swarm") {
    throw Error(Kind::kUnsupported, "what answers is no `berth swarm manage`: point -H or DOCKER_HOST at the manager");
  }
  const std::string format = invocation.arguments.text("format");
  invocation.terminal.out(format.empty() ? text_of_info(info)
                                         : format_rows(format, {data_of(invocation, client, info)}, json::object()));
  return 0;
}

}  // namespace

Command swarm_info_command() {
  Command command;
  command.name = "info";
  command.usage = "[OPTIONS]";
  command.summary = "Show the swarm: its nodes, their states and reservations";
  command.at_most = 0;
  command.flags = manager_flags();
  command.flags.push_back(text_flag("format", 'f', "Output: json, or a Go template"));
  command.run = show_info;
  return command;
}

}  // namespace berth::cli
