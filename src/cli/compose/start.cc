#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command start_command() {
  Command command;
  command.name = "start";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Start services";
  command.completes = "service";
  command.flags = {
      flag("wait", 0, "Wait for services to be running|healthy. Implies detached mode."),
      integer_flag("wait-timeout", 0, "Maximum duration in seconds to wait for the project to be running|healthy"),
  };
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    Subject subject = observe_subject(session);
    session.complete(subject.project);
    converge::StartOptions options;
    options.services = invocation.arguments.rest;
    options.wait = invocation.arguments.on("wait");
    options.wait_timeout = seconds_of(invocation.arguments, "wait-timeout");
    if (invocation.arguments.on("compatibility")) options.separator = "_";
    carry_out(session, converge::plan_start(subject.project, subject.state, options), "Running");
    return 0;
  };
  return command;
}

}  // namespace berth::cli
