#include "cli/compose/commands.h"
#include "cli/compose/watcher.h"

namespace berth::cli {

namespace {

int watch(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = invocation.arguments;
  Watcher watcher(session, session.selected_project(arguments.rest),
                  {.prune = arguments.on("prune"), .quiet = arguments.on("quiet")}, arguments.rest);
  if (!arguments.on("no-up")) watcher.bring_up();
  if (!session.dry_run()) watcher.run(session.context());
  return 0;
}

}  // namespace

Command watch_command() {
  Command command;
  command.name = "watch";
  command.usage = "[SERVICE...]";
  command.summary = "Watch build context for service and rebuild/refresh containers when files are updated";
  command.completes = "service";
  command.flags = {
      flag("no-up", 0, "Do not build & start services before watching"),
      flag("prune", 0, "Prune dangling images on rebuild").with_default("true"),
      flag("quiet", 0, "hide build output"),
  };
  command.run = watch;
  return command;
}

}  // namespace berth::cli
