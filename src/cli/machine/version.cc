#include "cli/version.h"

#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "engine/client.h"

namespace berth::cli {

Command machine_version_command() {
  Command command;
  command.name = "version";
  command.usage = "[MACHINE]";
  command.summary = "Show the version of this program, or of a machine's engine";
  command.completes = "machine";
  command.run = [](Invocation& invocation) {
    const auto& names = invocation.arguments.rest;
    if (names.empty()) {
      invocation.terminal.out_line(machine_program(invocation) + " version " + std::string(version()));
      return 0;
    }
    if (names.size() > 1) throw Error(Kind::kInvalid, "Error: Expected one machine name as an argument");
    const machine::Machines machines = machines_of(invocation);
    const machine::Host host = machines.store().load(names.front());
    engine::Client client(machines.endpoint(invocation.context, host));
    invocation.terminal.out_line(client.version(invocation.context).version);
    return 0;
  };
  return command;
}

}  // namespace berth::cli
