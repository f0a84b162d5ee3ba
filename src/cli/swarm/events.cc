// events: what happens on all nodes, and to them.
#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/manager_client.h"
#include "cli/template.h"
#include "http/json_stream.h"
#include "http/url.h"

namespace berth::cli {

namespace {

// As `docker events` prints one, in UTC.
std::string line_of(const json::value& event) {
  const json::value* actor = find(event, "Actor");
  std::string line;
  if (const std::int64_t time = integer_of(event, "timeNano"); time != 0) {
    line = format_time(std::chrono::system_clock::time_point(
               std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(time)))) +
           " ";
  }
  line += text_of(event, "Type") + " " + text_of(event, "Action");
  if (actor == nullptr) return line;
  line += " " + text_of(*actor, "ID");
  std::vector<std::string> attributes;
  for (const auto& [name, value] : pairs_of(*actor, "Attributes")) attributes.push_back(name + "=" + value);
  std::sort(attributes.begin(), attributes.end());
  return attributes.empty() ? line : line + " (" + join(attributes, ", ") + ")";
}

// Docker's templates name the fields as Go does, the event's JSON does not.
TemplateOptions options() {
  TemplateOptions options;
  options.strict = false;  // attributes differ from event to event
  const auto alias = [&](const char* name, const char* member) {
    options.methods[name] = [member](const json::value& self, const std::vector<json::value>&) {
      const json::value* found = find(self, member);
      return found == nullptr ? json::value("") : *found;
    };
  };
  alias("Status", "status");
  alias("ID", "id");
  alias("From", "from");
  alias("Scope", "scope");
  alias("Time", "time");
  alias("TimeNano", "timeNano");
  return options;
}

int events(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string format = arguments.text("format");
  const Template shape(format.empty() || format == "json" ? "" : format);
  const std::string path = http::Query()
                               .add_if("since", arguments.text("since"))
                               .add_if("until", arguments.text("until"))
                               .add_if("filters", filters_json(arguments.texts("filter")))
                               .on("/events");
  http::Client client = manager_client(invocation);
  http::Response response = ask_manager(invocation, client, "GET", path);
  http::JsonStream stream(response.reader());
  while (const auto text = stream.next(invocation.interrupted)) {
    if (format == "json") {
      invocation.terminal.out_line(trim(*text));
      continue;
    }
    const json::value event = parse_json(*text);
    invocation.terminal.out_line(format.empty() ? line_of(event) : shape.render(event, options()));
  }
  return 0;
}

}  // namespace

Command swarm_events_command() {
  Command command;
  command.name = "events";
  command.usage = "[OPTIONS]";
  command.summary = "Follow what happens on all nodes, and to them";
  command.at_most = 0;
  command.flags = manager_flags();
  command.flags.push_back(texts_flag("filter", 'f', "Filter output based on conditions provided"));
  command.flags.push_back(text_flag("format", 0, "Output: json, or a Go template"));
  command.flags.push_back(text_flag("since", 0, "Show all events created since timestamp or duration (\"10m\")"));
  command.flags.push_back(text_flag("until", 0, "Stream events until this timestamp or duration"));
  command.run = events;
  return command;
}

}  // namespace berth::cli
