#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_start_command() {
  Command command =
      machine_action("start", "Start a machine", &machine::Machines::start,
                     "Started machines may have new IP addresses. You may need to re-run the `PROGRAM env` command.");
  command.run = [start = std::move(command.run)](Invocation& invocation) {
    const int code = start(invocation);
    const machine::Machines machines = machines_of(invocation);
    warn_of_certificates(invocation, machines, named_machines(invocation, machines));
    return code;
  };
  return command;
}

}  // namespace berth::cli
