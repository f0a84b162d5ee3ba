#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_ip_command() {
  Command command;
  command.name = "ip";
  command.usage = "[MACHINE...]";
  command.summary = "Get the IP address of a machine";
  command.completes = "machine";
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    std::vector<std::optional<Error>> outcomes;
    for (const std::string& name : named_machines(invocation, machines)) {
      try {
        const machine::Host host = machines.store().load(name);
        invocation.terminal.out_line(
            within("Error getting IP address", [&] { return machines.driver(host)->ip(invocation.context); }));
      } catch (const Error& e) {
        outcomes.emplace_back(e);
      }
    }
    throw_all(outcomes);
    return 0;
  };
  return command;
}

}  // namespace berth::cli
