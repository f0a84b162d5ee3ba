#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"

namespace berth::cli {

namespace {

int take_down(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = invocation.arguments;
  converge::DownOptions options;
  options.services = arguments.rest;
  options.volumes = arguments.on("volumes");
  options.remove_orphans = arguments.on("remove-orphans");
  options.timeout = seconds_of(arguments, "timeout");
  const std::string images = arguments.text("rmi");
  if (images == "local") options.images = converge::DownOptions::Images::kLocal;
  if (images == "all") options.images = converge::DownOptions::Images::kAll;

  const bool built_images = options.images != converge::DownOptions::Images::kNone;
  const Subject subject = observe_subject(session, {.images = false, .built_images = built_images});
  const converge::Plan plan = converge::plan_down(subject.project, subject.state, options);
  if (plan.empty()) {
    invocation.terminal.warn("No resource found to remove for project \"" + subject.project.name + "\".");
    return 0;
  }
  carry_out(session, plan, "Running");
  return 0;
}

}  // namespace

Command down_command() {
  Command command;
  command.name = "down";
  command.usage = "[OPTIONS] [SERVICES]";
  command.summary = "Stop and remove containers, networks";
  command.completes = "service";
  command.flags = {
      flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file")
          .from_environment("COMPOSE_REMOVE_ORPHANS"),
      text_flag("rmi", 0,
                "Remove images used by services. \"local\" remove only images that don't have a custom tag "
                "(\"local\"|\"all\")")
          .one_of({"local", "all"}),
      integer_flag("timeout", 't', "Specify a shutdown timeout in seconds"),
      flag("volumes", 'v',
           "Remove named volumes declared in the \"volumes\" section of the Compose file and anonymous "
           "volumes attached to containers"),
  };
  command.run = take_down;
  return command;
}

}  // namespace berth::cli
