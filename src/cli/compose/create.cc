#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/creation.h"
#include "cli/compose/up_flags.h"

namespace berth::cli {

Command create_command() {
  Command command;
  command.name = "create";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "Creates containers for a service";
  command.completes = "service";
  command.flags = creation_flags();
  command.run = [](Invocation& invocation) {
    Session session(invocation);
    session.connect_early();
    const auto& services = invocation.arguments.rest;
    converge::UpRequest request = creation_request(invocation, services);
    request.up.start = false;
    request.images.builder = session.builder();
    return create_and_start(
        session, session.selected_project(services), request,
        {.hushed = {.pulls = invocation.arguments.on("quiet-pull")}, .yes = invocation.arguments.on("yes")});
  };
  return command;
}

}  // namespace berth::cli
