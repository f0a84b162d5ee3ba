#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/container_row.h"
#include "cli/compose/containers.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

constexpr std::string_view kTable =
    "table {{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}";
constexpr std::string_view kRaw =
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n"
    "state:{{pad .State 1 0}}\nstatus:{{pad .Status 1 0}}\nnames: {{.Names}}\nlabels:{{pad .Labels 1 0}}\n"
    "ports:{{pad .Ports 1 0}}\n";

// --status, and --filter status=...
std::vector<std::string> wanted_states(const Arguments& arguments) {
  std::vector<std::string> states = arguments.texts("status");
  const std::string filter = arguments.text("filter");
  if (filter.empty()) return states;
  const auto [key, value] = cut(filter, '=');
  if (!value) throw Error(Kind::kInvalid, "arguments to --filter should be in form KEY=VAL");
  if (key != "status") throw Error(Kind::kInvalid, "unknown filter " + std::string(key) + " (only status is known)");
  states.emplace_back(*value);
  return states;
}

std::vector<engine::ContainerSummary> find_containers(Session& session, const std::vector<std::string>& states) {
  const Arguments& arguments = session.arguments();
  const auto [project, name] = project_or_name(session);
  std::vector<std::string> services = arguments.rest;
  if (project != nullptr) {
    session.check_services(services);
    if (services.empty() && !arguments.on("orphans")) {
      for (const auto& [service, model] : project->services) services.push_back(service);
    }
  }
  const bool all = arguments.on("all") || !states.empty();
  auto containers = project_containers(session, name, all, OneOffs::kInclude, services);
  show_ports_of_ingresses(containers);
  if (!all) std::erase_if(containers, converge::is_one_off);
  std::erase_if(containers, [&](const auto& container) {
    return !states.empty() && std::find(states.begin(), states.end(), container.state) == states.end();
  });
  return containers;
}

void print_services(Terminal& terminal, const std::vector<engine::ContainerSummary>& containers) {
  std::vector<std::string> seen;
  for (const auto& container : containers) {
    const std::string service(converge::service_of(container));
    if (std::find(seen.begin(), seen.end(), service) == seen.end()) seen.push_back(service);
  }
  if (!seen.empty()) terminal.out_line(join(seen, "\n"));
}

int ps(Invocation& invocation) {
  Session session(invocation);
  session.connect_early();
  const Arguments& arguments = session.arguments();
  const auto containers = find_containers(session, wanted_states(arguments));
  if (arguments.on("quiet")) {
    for (const auto& container : containers) session.terminal().out_line(container.id.value);
    return 0;
  }
  if (arguments.on("services")) {
    print_services(session.terminal(), containers);
    return 0;
  }
  const std::string format = arguments.text("format");
  std::vector<json::value> rows;
  for (const auto& container : containers) {
    rows.push_back(container_row(container, !arguments.on("no-trunc"), system_clock().now()));
  }
  const std::string_view shape = format.empty() || format == "table" ? kTable : format == "raw" ? kRaw : format;
  session.terminal().out(format_rows(shape, rows, container_headers(), container_template_options(containers)));
  return 0;
}

}  // namespace

Command ps_command() {
  Command command;
  command.name = "ps";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "List containers";
  command.completes = "service";
  command.flags = {
      flag("all", 'a', "Show all stopped containers (including those created by the run command)"),
      text_flag("filter", 0, "Filter services by a property (supported filters: status)"),
      text_flag("format", 0, "Format the output: table, table TEMPLATE, json, raw, or a Go template")
          .with_default("table"),
      flag("no-trunc", 0, "Don't truncate output"),
      flag("orphans", 0, "Include orphaned services (not declared by project)").with_default("true"),
      flag("quiet", 'q', "Only display IDs"),
      flag("services", 0, "Display services"),
      texts_flag("status", 0,
                 "Filter services by status. Values: [paused | restarting | removing | running | dead | created | "
                 "exited]"),
  };
  command.run = ps;
  return command;
}

}  // namespace berth::cli
