#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "converge/images.h"

namespace berth::cli {

Command pull_command() {
  Command command;
  command.name = "pull";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Pull service images";
  command.completes = "service";
  command.flags = {
      flag("ignore-buildable", 0, "Ignore images that can be built"),
      flag("ignore-pull-failures", 0, "Pull what it can and ignores images with pull failures"),
      flag("include-deps", 0, "Also pull services declared as dependencies"),
      text_flag("policy", 0, "Apply pull policy (\"missing\"|\"always\")").one_of({"missing", "always"}),
      flag("quiet", 'q', "Pull without printing progress information"),
  };
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    const Arguments& arguments = invocation.arguments;
    const compose::Project project =
        session.selected_project(arguments.rest, arguments.rest.empty() || arguments.on("include-deps"));
    converge::PullFlags flags;
    flags.ignore_buildable = arguments.on("ignore-buildable");
    flags.ignore_failures = arguments.on("ignore-pull-failures");
    flags.policy = arguments.optional_text("policy");
    const converge::State state = converge::observe(session.context(), session.engine(), project);
    carry_out(session, converge::plan_pull(project, state, flags), "Pulling", arguments.on("quiet"));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
