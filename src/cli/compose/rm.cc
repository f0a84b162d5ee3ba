#include "base/strings.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

namespace {

// Names of the containers that the plan removes, in its order.
std::vector<std::string> removed_names(const converge::Plan& plan) {
  std::vector<std::string> names;
  for (const converge::Operation& operation : plan.operations) {
    if (const auto* removal = std::get_if<converge::RemoveContainer>(&operation.action)) {
      names.push_back(removal->container.name);
    }
  }
  return names;
}

int remove_containers(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = invocation.arguments;
  const Subject subject = observe_subject(session);
  converge::RemoveOptions options;
  options.services = arguments.rest;
  options.stop = arguments.on("stop");
  options.volumes = arguments.on("volumes");
  const converge::Plan plan = converge::plan_remove(subject.project, subject.state, options);
  const std::vector<std::string> names = removed_names(plan);
  if (names.empty()) {
    invocation.terminal.err_line("No stopped containers");
    return 0;
  }
  const std::string message = "Going to remove " + join(names, ", ");
  if (arguments.on("force")) {
    invocation.terminal.out_line(message);
  } else {
    const std::string answer = to_lower(trim(invocation.terminal.ask("? " + message + " (y/N) ")));
    if (answer != "y" && answer != "yes") return 0;
  }
  carry_out(session, plan, "Removing");
  return 0;
}

}  // namespace

Command rm_command() {
  Command command;
  command.name = "rm";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Removes stopped service containers";
  command.completes = "service";
  command.flags = {
      flag("force", 'f', "Don't ask to confirm removal"),
      flag("stop", 's', "Stop the containers, if required, before removing"),
      flag("volumes", 'v', "Remove any anonymous volumes attached to containers"),
  };
  command.run = remove_containers;
  return command;
}

}  // namespace berth::cli
