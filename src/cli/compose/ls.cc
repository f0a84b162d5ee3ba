#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/session.h"
#include "cli/table.h"
#include "converge/observe.h"

namespace berth::cli {

namespace {

// docker's names filter: the whole name, or a part of it.
std::vector<std::string> wanted_names(const Arguments& arguments) {
  std::vector<std::string> names;
  for (const std::string& filter : arguments.texts("filter")) {
    const auto [key, value] = cut(filter, '=');
    if (!value)
      throw Error(Kind::kInvalid, "invalid argument \"" + filter + "\" for \"--filter\" flag: needs NAME=VALUE");
    if (key != "name") throw Error(Kind::kInvalid, "invalid filter '" + std::string(key) + "' (only name is known)");
    names.emplace_back(*value);
  }
  return names;
}

bool matches(const std::string& name, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (name.find(part) != std::string::npos) return true;
  }
  return parts.empty();
}

// "exited(1), running(2)"
std::string status_text(const converge::ProjectSummary& project) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : project.containers_by_state) {
    parts.push_back(state + "(" + std::to_string(count) + ")");
  }
  return join(parts, ", ");
}

int ls(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const std::string format = to_lower(arguments.text("format"));
  const auto names = wanted_names(arguments);
  auto projects = converge::list_projects(session.context(), session.engine(), arguments.on("all"));
  std::erase_if(projects, [&](const auto& project) { return !matches(project.name, names); });
  if (arguments.on("quiet")) {
    for (const auto& project : projects) session.terminal().out_line(project.name);
    return 0;
  }
  std::vector<std::vector<std::string>> rows = {{"NAME", "STATUS", "CONFIG FILES"}};
  json::array list;
  for (const auto& project : projects) {
    rows.push_back({project.name, status_text(project), project.config_files});
    list.push_back(
        json::object{{"Name", project.name}, {"Status", status_text(project)}, {"ConfigFiles", project.config_files}});
  }
  if (format == "json") {
    session.terminal().out_line(format_json(list));
  } else if (format == "table" || format == "pretty" || format.empty()) {
    session.terminal().out(format_table(rows, kListColumn));
  } else {
    throw Error(Kind::kInvalid, "format value \"" + format + "\" could not be parsed: use table or json");
  }
  return 0;
}

}  // namespace

Command ls_command() {
  Command command;
  command.name = "ls";
  command.usage = "[OPTIONS]";
  command.summary = "List running compose projects";
  command.at_most = 0;
  command.flags = {
      flag("all", 'a', "Show all stopped Compose projects"),
      texts_flag("filter", 0, "Filter output based on conditions provided").named("filter"),
      text_flag("format", 0, "Format the output. Values: [table | json]").with_default("table"),
      flag("quiet", 'q', "Only display project names"),
  };
  command.run = ls;
  return command;
}

}  // namespace berth::cli
