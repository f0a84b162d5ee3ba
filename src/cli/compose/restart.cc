#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command restart_command() {
  Command command;
  command.name = "restart";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Restart service containers";
  command.completes = "service";
  command.flags = {
      flag("no-deps", 0, "Don't restart dependent services"),
      integer_flag("timeout", 't', "Specify a shutdown timeout in seconds"),
  };
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    const Subject subject = observe_subject(session);
    converge::RestartOptions options;
    options.services = invocation.arguments.rest;
    options.no_deps = invocation.arguments.on("no-deps");
    options.timeout = seconds_of(invocation.arguments, "timeout");
    carry_out(session, converge::plan_restart(subject.project, subject.state, options), "Restarting");
    return 0;
  };
  return command;
}

}  // namespace berth::cli
