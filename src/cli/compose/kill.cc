#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command kill_command() {
  Command command;
  command.name = "kill";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Force stop service containers";
  command.completes = "service";
  command.flags = {
      flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file")
          .from_environment("COMPOSE_REMOVE_ORPHANS"),
      text_flag("signal", 's', "SIGNAL to send to the container").with_default("SIGKILL"),
  };
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    const Subject subject = observe_subject(session);
    converge::KillOptions options;
    options.services = invocation.arguments.rest;
    options.signal = invocation.arguments.text("signal");
    options.orphans = invocation.arguments.on("remove-orphans");
    carry_out(session, converge::plan_kill(subject.project, subject.state, options), "Killing");
    return 0;
  };
  return command;
}

}  // namespace berth::cli
