#include <algorithm>

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
  return host.swarm.master ? name + " (master)" : name;
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

void keep_matching(const Invocation& invocation, const machine::Machines& machines, const MachineFilters& filters,
                   Machinery& all) {
  const auto masters = swarm_masters(all.hosts);
  std::erase_if(all.hosts, [&](const machine::Host& host) {
    return !filters.match(host, masters) ||
           (filters.needs_state() && !filters.match_state(machines.driver(host)->state(invocation.context)));
  });
}

int list(Invocation& invocation) {
  const MachineFilters filters(invocation.arguments.texts("filter"));
  const machine::Machines machines = machines_of(invocation);
  Machinery all = load_all(machines);
  if (filters.any()) keep_matching(invocation, machines, filters, all);
  if (invocation.arguments.on("quiet")) {
    for (const auto& host : all.hosts) invocation.terminal.out_line(host.name);
    return 0;
  }
  const std::chrono::seconds timeout(invocation.arguments.integer("timeout").value_or(10));
  auto rows = ask_machines(invocation, machines, all.hosts, timeout);
  rows.insert(rows.end(), all.unreadable.begin(), all.unreadable.end());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return machine::natural_less(a.name, b.name); });

  const auto masters = swarm_masters(all.hosts);
  std::vector<json::value> values;
  for (const MachineRow& row : rows) values.push_back(json_of(row, masters));
  const std::string format = invocation.arguments.text("format");
  invocation.terminal.out(format_rows(format.empty() ? kColumns : format, values, headers()));
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
