#include "converge/history.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/commands.h"
#include "cli/compose/session.h"
#include "cli/table.h"

namespace berth::cli {

namespace {

using converge::Release;

std::string result_text(const Release& release) {
  std::string text(converge::name_of(release.result));
  if (release.returns_to) text += ", returned to " + std::to_string(*release.returns_to);
  return text;
}

// Of the newest first, each with what it changed.
std::vector<std::vector<std::string>> rows_of(const std::vector<Release>& releases) {
  const auto now = system_clock().now();
  std::vector<std::vector<std::string>> rows = {{"RELEASE", "APPLIED", "RESULT", "CHANGED"}};
  for (std::size_t i = releases.size(); i-- > 0;) {
    const Release& release = releases[i];
    const std::string changed = i == 0 ? "" : join(converge::changed_services(releases[i - 1], release), ", ");
    rows.push_back({std::to_string(release.number), human_duration(now - release.applied_at) + " ago",
                    result_text(release), changed});
  }
  return rows;
}

json::array json_of(const std::vector<Release>& releases) {
  json::array list;
  for (std::size_t i = releases.size(); i-- > 0;) {
    const Release& release = releases[i];
    json::array changed;
    if (i > 0) {
      for (const std::string& name : converge::changed_services(releases[i - 1], release)) {
        changed.push_back(json::string(name));
      }
    }
    json::object images;
    for (const auto& [name, id] : release.image_ids) images[name] = id;
    json::object entry{{"Release", release.number},
                       {"AppliedAt", format_time(release.applied_at)},
                       {"Result", converge::name_of(release.result)},
                       {"Changed", std::move(changed)},
                       {"Images", std::move(images)}};
    if (release.returns_to) entry["ReturnsTo"] = *release.returns_to;
    list.push_back(std::move(entry));
  }
  return list;
}

int show(Invocation& invocation) {
  Session session(invocation);
  const std::vector<Release> releases = session.history().list();
  const Arguments& arguments = invocation.arguments;
  if (!arguments.rest.empty()) {
    const auto number = parse_integer(arguments.rest.front());
    for (const Release& release : releases) {
      if (release.number != number) continue;
      invocation.terminal.out(release.model);
      return 0;
    }
    throw Error(Kind::kNotFound, "there is no release '" + arguments.rest.front() + "' of this project");
  }
  if (arguments.text("format") == "json") {
    invocation.terminal.out_line(format_json(json_of(releases)));
  } else if (arguments.on("quiet")) {
    for (std::size_t i = releases.size(); i-- > 0;) invocation.terminal.out_line(std::to_string(releases[i].number));
  } else {
    invocation.terminal.out(format_table(rows_of(releases)));
  }
  return 0;
}

}  // namespace

Command history_command() {
  Command command;
  command.name = "history";
  command.usage = "[OPTIONS] [RELEASE]";
  command.summary = "List the models that up has applied, or print one";
  command.at_most = 1;
  command.flags = {
      text_flag("format", 0, "Format the output").with_default("table").one_of({"table", "json"}),
      flag("quiet", 'q', "Only display numbers"),
  };
  command.run = show;
  return command;
}

}  // namespace berth::cli
