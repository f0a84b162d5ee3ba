#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/template.h"
#include "converge/labels.h"
#include "converge/observe.h"

namespace berth::cli {

namespace {

constexpr std::string_view kTable = "table {{.Driver}}\t{{.Name}}";

// The fields of `docker volume ls`; what is not asked of the engine there is "N/A" here too.
json::value row_of(const engine::Volume& volume) {
  std::vector<std::string> labels;
  for (const auto& [name, value] : volume.labels) labels.push_back(name + "=" + value);
  return json::object{
      {"Availability", "N/A"}, {"Driver", volume.driver},
      {"Group", "N/A"},        {"Labels", join(labels, ",")},
      {"Links", "N/A"},        {"Mountpoint", volume.mountpoint},
      {"Name", volume.name},   {"Scope", volume.scope},
      {"Size", "N/A"},         {"Status", "N/A"},
  };
}

json::value headers() {
  return json::object{
      {"Availability", "AVAILABILITY"},
      {"Driver", "DRIVER"},
      {"Group", "GROUP"},
      {"Labels", "LABELS"},
      {"Links", "LINKS"},
      {"Mountpoint", "MOUNTPOINT"},
      {"Name", "VOLUME NAME"},
      {"Scope", "SCOPE"},
      {"Size", "SIZE"},
      {"Status", "STATUS"},
  };
}

TemplateOptions template_options(const std::vector<engine::Volume>& volumes) {
  std::map<std::string, engine::StringMap> labels;
  for (const engine::Volume& volume : volumes) labels[volume.name] = volume.labels;
  TemplateOptions options;
  options.methods["Label"] = [labels](const json::value& self, const std::vector<json::value>& arguments) {
    const std::string wanted = arguments.empty() || !arguments[0].is_string()
                                   ? std::string()
                                   : std::string(std::string_view(arguments[0].get_string()));
    const auto found = labels.find(text_of(self, "Name"));
    return json::value(
        json::string(found == labels.end() ? std::string_view() : converge::label_of(found->second, wanted)));
  };
  return options;
}

// Of the services, by what their containers mount; all of the project's when none is named.
std::vector<engine::Volume> find_volumes(Session& session) {
  const std::vector<std::string>& services = session.arguments().rest;
  const auto [project, name] = project_or_name(session);
  if (project != nullptr) session.check_services(services);
  auto volumes = session.engine()
                     .list_volumes(session.context(), {{"label", std::string(converge::label::kProject) + "=" + name}})
                     .volumes;
  if (!services.empty()) {
    std::set<std::string> mounted;
    for (const auto& container : project_containers(session, name, true, OneOffs::kExclude, services)) {
      for (const engine::MountPoint& mount : container.mounts) mounted.insert(mount.name);
    }
    std::erase_if(volumes, [&](const engine::Volume& volume) { return !mounted.contains(volume.name); });
  }
  std::sort(volumes.begin(), volumes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return volumes;
}

int volumes(Invocation& invocation) {
  Session session(invocation);
  const std::vector<engine::Volume> found = find_volumes(session);
  if (invocation.arguments.on("quiet")) {
    for (const engine::Volume& volume : found) session.terminal().out_line(volume.name);
    return 0;
  }
  std::vector<json::value> rows;
  for (const engine::Volume& volume : found) rows.push_back(row_of(volume));
  const std::string format = invocation.arguments.text("format");
  const std::string_view shape = format.empty() || format == "table" ? kTable : std::string_view(format);
  session.terminal().out(format_rows(shape, rows, headers(), template_options(found)));
  return 0;
}

}  // namespace

Command volumes_command() {
  Command command;
  command.name = "volumes";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "List volumes";
  command.completes = "service";
  command.flags = {
      text_flag("format", 0, "Format the output: table, table TEMPLATE, json, or a Go template").with_default("table"),
      flag("quiet", 'q', "Only display volume names"),
  };
  command.run = volumes;
  return command;
}

}  // namespace berth::cli
