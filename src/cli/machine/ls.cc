#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/machine/commands.h"
#include "cli/machine/listing.h"
#include "cli/machine/session.h"
#include "cli/template.h"

namespace berth::cli {

namespace {

constexpr const char* kColumns =
    "table {{.Name}}\t{{.Active}}\t{{.DriverName}}\t{{.State}}\t{{.URL}}\t{{.Swarm}}\t{{.DockerVersion}}\t{{.Error}}";

struct Machinery {
  std::vector<machine::Host> hosts;
  std::vector<MachineRow> unreadable;
};

Machinery load_all(const machine::Machines& machines) {
  Machinery all;
  for (const std::string& name : machines.store().list()) {
    try {
      all.hosts.push_back(machines.store().load(name));
    } catch (const Error& e) {
      MachineRow row;
      row.name = name;
      row.driver_name = "not found";
      row.state = machine::State::kError;
      row.error = replace_all(e.message(), "\n", "");
      all.unreadable.push_back(std::move(row));
    }
  }
  return all;
}

std::string swarm_column(const machine::Host& host, const std::map<std::string, std::string>& masters) {
  if (host.swarm.discovery.empty()) return {};
  const auto master = masters.find(host.swarm.discovery);
  const std::string name = master == masters.end() ? "" : master->second;
  return host.swarm.master ? host.name + " (master)" : name;  // of several, each is one
}

json::value json_of(const MachineRow& row, const std::map<std::string, std::string>& masters) {
  const json::value record = parse_json(machine::format_host(row.host));
  const json::object* options = find_object(record, "HostOptions");
  return json::object{{"Name", row.name},
                      {"Active", row.active_swarm  ? "* (swarm)"
                                 : row.active_host ? "*"
                                                   : "-"},
                      {"ActiveHost", row.active_host},
                      {"ActiveSwarm", row.active_swarm},
                      {"DriverName", row.driver_name},
                      {"State", machine::text_of(row.state)},
                      {"URL", row.url},
                      {"SwarmOptions", options->at("SwarmOptions")},
                      {"Swarm", swarm_column(row.host, masters)},
                      {"EngineOptions", options->at("EngineOptions")},
                      {"Error", row.error},
                      {"DockerVersion", row.docker_version},
                      {"ResponseTime", format_duration(row.response_time)}};
}

json::value headers() {
  return json::object{{"Name", "NAME"},
                      {"Active", "ACTIVE"},
                      {"ActiveHost", "ACTIVE_HOST"},
                      {"ActiveSwarm", "ACTIVE_SWARM"},
                      {"DriverName", "DRIVER"},
                      {"State", "STATE"},
                      {"URL", "URL"},
                      {"SwarmOptions", "SWARM_OPTIONS"},
                      {"Swarm", "SWARM"},
                      {"EngineOptions", "ENGINE_OPTIONS"},
                      {"Error", "ERRORS"},
                      {"DockerVersion", "DOCKER"},
                      {"ResponseTime", "RESPONSE"}};
}

// Prints rows as they come. A table's columns are made wide enough for what may still come.
class RowPrinter {
 public:
  RowPrinter(Terminal& terminal, std::string format, const std::vector<machine::Host>& hosts)
      : terminal_(terminal), format_(std::move(format)), masters_(swarm_masters(hosts)) {
    for (const machine::Host& host : hosts) waiting_.insert(host.name);
    for (const machine::Host& host : hosts) names_.push_back(host);
  }

  void print(const std::vector<MachineRow>& rows) {
    const std::size_t before = shown_.size();
    for (const MachineRow& row : rows) {
      shown_.push_back(json_of(row, masters_));
      waiting_.erase(row.name);
    }
    if (!format_.starts_with("table")) {
      const std::vector<json::value> fresh(shown_.begin() + static_cast<std::ptrdiff_t>(before), shown_.end());
      return terminal_.out(format_rows(format_, fresh, nullptr));
    }
    std::vector<json::value> all = shown_;
    for (const machine::Host& host : names_) {
      if (waiting_.contains(host.name)) all.push_back(json_of(widest(host), masters_));
    }
    // Once some came without the others, the columns stay as wide as they were.
    if (all.size() > shown_.size()) widest_ = all.back();
    if (widest_) all.push_back(*widest_);
    const std::vector<std::string> lines = split(format_rows(format_, all, headers()), '\n');
    const std::size_t first = header_shown_ ? before + 1 : 0;  // the first line is the header
    for (std::size_t i = first; i < shown_.size() + 1 && i < lines.size(); ++i) terminal_.out_line(lines[i]);
    header_shown_ = true;
  }

 private:
  static MachineRow widest(const machine::Host& host) {
    MachineRow row = row_of(host);
    row.state = machine::State::kStopping;
    row.url = "tcp://255.255.255.255:2376";
    row.docker_version = "v00.00.00";
    return row;
  }

  Terminal& terminal_;
  std::string format_;
  std::map<std::string, std::string> masters_;
  std::vector<machine::Host> names_;
  std::set<std::string> waiting_;
  std::vector<json::value> shown_;
  std::optional<json::value> widest_;
  bool header_shown_ = false;
};

int list(Invocation& invocation) {
  const MachineFilters filters(invocation.arguments.texts("filter"));
  const machine::Machines machines = machines_of(invocation);
  Machinery all = load_all(machines);
  const auto masters = swarm_masters(all.hosts);
  std::erase_if(all.hosts, [&](const machine::Host& host) { return !filters.match(host, masters); });
  const bool quiet = invocation.arguments.on("quiet");
  if (quiet && !filters.needs_state()) {
    for (const auto& host : all.hosts) invocation.terminal.out_line(host.name);
    return 0;
  }
  const std::chrono::seconds timeout(invocation.arguments.integer("timeout").value_or(10));
  const std::string format = invocation.arguments.text("format");
  RowPrinter printer(invocation.terminal, format.empty() ? kColumns : format, all.hosts);
  const auto take = [&](std::vector<MachineRow> rows) {
    std::erase_if(rows, [&](const MachineRow& row) { return !filters.match_state(row.state); });
    if (!quiet) return printer.print(rows);
    for (const MachineRow& row : rows) invocation.terminal.out_line(row.name);
  };
  ask_machines(invocation, machines, all.hosts, quiet ? Asked::kState : Asked::kStateAndEngine, timeout, take);
  if (quiet) return 0;
  if (!all.unreadable.empty() || all.hosts.empty()) printer.print(all.unreadable);
  warn_of_certificates(invocation, machines, machines.store().list());
  return 0;
}

}  // namespace

Command machine_ls_command() {
  Command command;
  command.name = "ls";
  command.usage = "[OPTIONS]";
  command.summary = "List machines";
  command.at_most = 0;
  command.flags = {
      texts_flag("filter", 0, "Filter output based on conditions provided"),
      text_flag("format", 'f', "Pretty-print machines using a Go template"),
      flag("quiet", 'q', "Enable quiet mode"),
      integer_flag("timeout", 't', "Timeout in seconds").with_default("10"),
  };
  command.run = list;
  return command;
}

}  // namespace berth::cli
