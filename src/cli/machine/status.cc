#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_status_command() {
  Command command;
  command.name = "status";
  command.usage = "[MACHINE]";
  command.summary = "Get the status of a machine";
  command.completes = "machine";
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    const machine::Host host = machines.store().load(named_machine(invocation, machines));
    const machine::State state = within("error getting state for host " + host.name,
                                        [&] { return machines.driver(host)->state(invocation.context); });
    invocation.terminal.out_line(machine::text_of(state));
    return 0;
  };
  return command;
}

}  // namespace berth::cli
