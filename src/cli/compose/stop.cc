#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command stop_command() {
  Command command;
  command.name = "stop";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Stop services";
  command.completes = "service";
  command.flags = {integer_flag("timeout", 't', "Specify a shutdown timeout in seconds")};
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    const Subject subject = observe_subject(session);
    converge::StopOptions options;
    options.services = invocation.arguments.rest;
    options.timeout = seconds_of(invocation.arguments, "timeout");
    carry_out(session, converge::plan_stop(subject.project, subject.state, options), "Stopping");
    return 0;
  };
  return command;
}

}  // namespace berth::cli
