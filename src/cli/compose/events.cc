#include <algorithm>

#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/event_text.h"
#include "cli/compose/log_time.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

bool wanted(const engine::Event& event, const std::vector<std::string>& services) {
  using namespace converge;
  if (event.is_gap || label_of(event.attributes, label::kOneOff) == "True") return false;
  const std::string service(label_of(event.attributes, label::kService));
  return services.empty() || std::find(services.begin(), services.end(), service) != services.end();
}

int events(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const auto [project, name] = project_or_name(session);
  if (project != nullptr) session.check_services(arguments.rest);
  engine::EventOptions options;
  options.filters = {{"type", "container"}, {"label", std::string(converge::label::kProject) + "=" + name}};
  options.since = time_flag(arguments, "since");
  options.until = time_flag(arguments, "until");
  const bool as_json = arguments.on("json");
  engine::EventStream stream = session.engine().events(session.context(), options);
  while (const auto event = stream.next(session.context())) {
    if (!wanted(*event, arguments.rest)) continue;
    session.terminal().out_line(as_json ? event_json(*event) : event_text(*event));
  }
  return 0;
}

}  // namespace

Command events_command() {
  Command command;
  command.name = "events";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Receive real time events from containers";
  command.completes = "service";
  command.flags = {
      flag("json", 0, "Output events as a stream of json objects"),
      text_flag("since", 0, "Show all events created since timestamp"),
      text_flag("until", 0, "Stream events until this timestamp"),
  };
  command.run = events;
  return command;
}

}  // namespace berth::cli
