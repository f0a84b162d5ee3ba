#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/log_follower.h"
#include "cli/compose/log_time.h"

namespace berth::cli {

namespace {

std::optional<std::int64_t> parse_tail(const std::string& text) {
  if (text.empty() || text == "all") return std::nullopt;
  const auto lines = parse_integer(text);
  if (!lines) throw Error(Kind::kInvalid, "invalid --tail '" + text + "': must be a number of lines or all");
  return *lines < 0 ? std::nullopt : lines;
}

LogFollowOptions options_of(Session& session) {
  const Arguments& arguments = session.arguments();
  LogFollowOptions options;
  options.services = arguments.rest;
  const long long index = arguments.integer("index").value_or(0);
  if (index > 0) options.index = index;
  if (options.index && options.services.size() != 1) {
    throw Error(Kind::kInvalid, "--index requires one service to be selected");
  }
  options.follow = arguments.on("follow");
  options.timestamps = arguments.on("timestamps");
  options.tail = parse_tail(arguments.text("tail"));
  options.since = time_flag(arguments, "since");
  options.until = time_flag(arguments, "until");
  const auto [project, name] = project_or_name(session);
  options.project = name;
  if (project == nullptr) return options;
  session.check_services(options.services);
  // With a file, only what it has; services that say `attach: false` only when they are named.
  if (!options.services.empty()) return options;
  for (const auto& [service, model] : project->services) {
    if (model.attach.value_or(true)) options.services.push_back(service);
  }
  return options;
}

int logs(Invocation& invocation) {
  Session session(invocation);
  session.connect_early();
  LogStyle style = log_style(session.terminal());
  style.prefix = !session.arguments().on("no-log-prefix");
  style.colours = style.colours && !session.arguments().on("no-color");
  LogPrinter printer(session.terminal(), style);
  LogFollower follower(session.context(), session.engine(), printer, options_of(session));
  follower.run(session.context());
  return 0;
}

}  // namespace

Command logs_command() {
  Command command;
  command.name = "logs";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "View output from containers";
  command.completes = "service";
  command.flags = {
      flag("follow", 'f', "Follow log output"),
      integer_flag("index", 0, "index of the container if service has multiple replicas"),
      flag("no-color", 0, "Produce monochrome output"),
      flag("no-log-prefix", 0, "Don't print prefix in logs"),
      text_flag("since", 0,
                "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
      text_flag("tail", 'n', "Number of lines to show from the end of the logs for each container").with_default("all"),
      flag("timestamps", 't', "Show timestamps"),
      text_flag("until", 0,
                "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
  };
  command.run = logs;
  return command;
}

}  // namespace berth::cli
