#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_url_command() {
  Command command;
  command.name = "url";
  command.usage = "[MACHINE]";
  command.summary = "Get the URL of a machine";
  command.completes = "machine";
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    const machine::Host host = machines.store().load(named_machine(invocation, machines));
    invocation.terminal.out_line(machines.url(invocation.context, host));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
