// top: what of each node is reserved and runs, kept up to date.
#include <algorithm>
#include <chrono>
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

constexpr const char* kColumns =
    "table {{.Hostname}}\t{{.State}}\t{{.Availability}}\t{{.CPUUsage}}\t{{.CPUPercent}}\t{{.MemoryUsage}}\t"
    "{{.MemoryPercent}}\t{{.Running}}/{{.Containers}}\t{{.Reason}}";
constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";

double share_of(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) * 100 / static_cast<double>(whole) : 0;
}

double cpu_share(const NodeSummary& node) { return share_of(node.reserved_nano_cpus, node.nano_cpus); }
double memory_share(const NodeSummary& node) { return share_of(count(node.reserved_memory), count(node.memory)); }

std::string percent(double share) {
  return format_number(static_cast<double>(static_cast<int>(share * 10)) / 10) + "%";
}

json::value row_of(const NodeSummary& node) {
  json::object row = node_row(node).get_object();
  row["CPUPercent"] = percent(cpu_share(node));
  row["MemoryPercent"] = percent(memory_share(node));
  return row;
}

json::value headers() {
  json::object headers = node_headers().get_object();
  headers["CPUPercent"] = "CPU %";
  headers["MemoryPercent"] = "MEM %";
  return headers;
}

// They come sorted by name; the fullest first otherwise.
void sort_by(const std::string& key, std::vector<NodeSummary>& nodes) {
  const auto by = [&](auto value) {
    std::sort(nodes.begin(), nodes.end(), [&](const NodeSummary& a, const NodeSummary& b) {
      return value(a) != value(b) ? value(a) > value(b) : a.name < b.name;
    });
  };
  if (key == "cpu") by(cpu_share);
  if (key == "memory") by(memory_share);
  if (key == "containers") by([](const NodeSummary& node) { return node.running; });
  if (key == "state") by([](const NodeSummary& node) { return node.state != "healthy"; });
}

std::string table_of(const std::vector<NodeSummary>& nodes, const std::string& format) {
  std::vector<json::value> rows;
  for (const NodeSummary& node : nodes) rows.push_back(row_of(node));
  return format_rows(format.empty() || format == "table" ? kColumns : format, rows, headers());
}

// As much of it as the terminal has lines, each cut to its width.
std::string fitted(const std::string& text, Size size) {
  std::vector<std::string> lines = split(trim(text), '\n');
  const auto most = static_cast<std::size_t>(std::max(size.rows - 1, 2));
  if (lines.size() > most) {
    const std::size_t left = lines.size() - most + 1;
    lines.resize(most - 1);
    lines.push_back("... and " + std::to_string(left) + " more");
  }
  const auto width = static_cast<std::size_t>(std::max(size.columns, 20));
  for (std::string& line : lines) {
    if (line.size() > width) line.resize(width);
  }
  return join(lines, "\n") + "\n";
}

int top(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto interval = parse_duration(arguments.text("interval"));
  if (!interval || *interval < std::chrono::milliseconds(100)) {
    throw Error(Kind::kInvalid, "--interval should be a duration of 100ms or more");
  }
  const std::string format = arguments.text("format");
  http::Client client = manager_client(invocation);
  for (;;) {
    std::vector<NodeSummary> nodes = read_nodes(ask_manager_json(invocation, client, "GET", "/nodes"));
    sort_by(arguments.text("sort"), nodes);
    const std::string table = table_of(nodes, format);
    if (arguments.on("no-stream")) {
      invocation.terminal.out(table);
      return 0;
    }
    const bool screen = invocation.terminal.out_is_terminal() && (format.empty() || format.starts_with("table"));
    invocation.terminal.out(screen ? std::string(kClearScreen) + fitted(totals_text(totals_of(nodes)) + "\n" + table,
                                                                        invocation.terminal.size())
                                   : table);
    try {
      invocation.interrupted.sleep_for(std::chrono::duration_cast<Context::Clock::duration>(*interval));
    } catch (const Error& e) {
      if (e.kind() != Kind::kCancelled) throw;
      return 0;  // Ctrl-C is how people leave it
    }
  }
}

}  // namespace

Command swarm_top_command() {
  Command command;
  command.name = "top";
  command.usage = "[OPTIONS]";
  command.summary = "Show what of each node is reserved and runs, live";
  command.at_most = 0;
  command.graceful = true;
  command.flags = manager_flags();
  command.flags.push_back(text_flag("format", 0, "Output: table, json, or a Go template"));
  command.flags.push_back(text_flag("interval", 'i', "Pause between two looks").with_default("1s").named("duration"));
  command.flags.push_back(flag("no-stream", 0, "Show it once"));
  command.flags.push_back(text_flag("sort", 0, "Order of nodes: name, or cpu, memory, containers, state")
                              .with_default("name")
                              .one_of({"name", "cpu", "memory", "containers", "state"}));
  command.run = top;
  return command;
}

}  // namespace berth::cli
