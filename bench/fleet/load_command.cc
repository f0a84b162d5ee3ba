// berth-fleet load
#include "base/error.h"
#include "commands.h"
#include "load.h"

namespace berth::fleet {

namespace {

std::size_t number_of(const cli::Arguments& arguments, std::string_view flag) {
  const long long value = arguments.integer(flag).value_or(0);
  if (value < 1) throw Error(Kind::kInvalid, "--" + std::string(flag) + " must be at least 1");
  return static_cast<std::size_t>(value);
}

int load(cli::Invocation& invocation) {
  const cli::Arguments& arguments = invocation.arguments;
  const std::string& name = arguments.rest.front();
  const auto work = work_named(name);
  if (!work) {
    throw Error(Kind::kInvalid,
                "'" + name + "' is none of ping, info, list, inspect, create, create-start, stop-remove");
  }
  LoadOptions options;
  options.work = *work;
  options.endpoint = engine::find_endpoint({.host = arguments.text("host")}, invocation.environment);
  options.clients = number_of(arguments, "clients");
  options.count = number_of(arguments, "count");
  options.at_most = std::chrono::seconds(number_of(arguments, "seconds"));
  options.image = arguments.text("image");
  options.container = arguments.text("container");
  if (arguments.given("pid")) options.pid = static_cast<pid_t>(number_of(arguments, "pid"));
  const LoadReport report = run_load(invocation.interrupted, options);
  invocation.terminal.out_line(arguments.on("json") ? report_json(name, report) : report_line(name, report));
  return report.failed == 0 ? 0 : 1;
}

}  // namespace

cli::Command load_command() {
  cli::Command command{.name = "load",
                       .usage = "[OPTIONS] ping|info|list|inspect|create|create-start|stop-remove",
                       .summary = "Call a manager or an engine from many clients, and say what that took"};
  command.flags = {
      cli::text_flag("host", 'H', "Address of the manager, or of an engine"),
      cli::integer_flag("clients", 0, "Clients at a time").with_default("64"),
      cli::integer_flag("count", 0, "Operations in all").with_default("1000"),
      cli::integer_flag("seconds", 0, "Stop after this long").with_default("120"),
      cli::text_flag("image", 0, "Image of containers that are created").with_default("nginx"),
      cli::text_flag("container", 0, "Container to inspect (default: the first thousand in turn)"),
      cli::integer_flag("pid", 0, "Process whose CPU time and memory are measured"),
      cli::flag("json", 0, "Print JSON"),
  };
  command.at_least = 1;
  command.at_most = 1;
  command.graceful = true;
  command.run = load;
  return command;
}

}  // namespace berth::fleet
