#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "converge/images.h"

namespace berth::cli {

Command push_command() {
  Command command;
  command.name = "push";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Push service images";
  command.completes = "service";
  command.flags = {
      flag("ignore-push-failures", 0, "Push what it can and ignores images with push failures"),
      flag("include-deps", 0, "Also push images of services declared as dependencies"),
      flag("quiet", 'q', "Push without printing progress information"),
  };
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    const Arguments& arguments = session.arguments();
    const compose::Project project =
        session.selected_project(arguments.rest, arguments.rest.empty() || arguments.on("include-deps"));
    converge::PushFlags flags;
    if (!arguments.on("include-deps")) flags.services = arguments.rest;
    flags.ignore_failures = arguments.on("ignore-push-failures");
    carry_out(session, converge::plan_push(project, flags), "Pushing", arguments.on("quiet"));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
