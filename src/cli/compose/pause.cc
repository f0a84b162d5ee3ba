#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

namespace {

using Planner = converge::Plan (*)(const compose::Project& project, const converge::State& state,
                                   const std::vector<std::string>& services);

Command freezing_command(std::string name, std::string summary, Planner plan, std::string title) {
  Command command;
  command.name = std::move(name);
  command.usage = "[SERVICE...]";
  command.summary = std::move(summary);
  command.completes = "service";
  command.run = [plan, title = std::move(title)](Invocation& invocation) {
    Session session(invocation);
    const Subject subject = observe_subject(session);
    carry_out(session, plan(subject.project, subject.state, invocation.arguments.rest), title);
    return 0;
  };
  return command;
}

}  // namespace

Command pause_command() { return freezing_command("pause", "Pause services", converge::plan_pause, "Pausing"); }

Command unpause_command() {
  return freezing_command("unpause", "Unpause services", converge::plan_unpause, "Unpausing");
}

}  // namespace berth::cli
