#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/connection.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_config_command() {
  Command command;
  command.name = "config";
  command.usage = "[OPTIONS] [MACHINE]";
  command.summary = "Print the connection config for machine";
  command.completes = "machine";
  command.flags = {flag("swarm", 0, "Display the Swarm config instead of the Docker daemon")};
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    const machine::Host host = machines.store().load(named_machine(invocation, machines));
    const std::string url = within("Error running connection boilerplate", [&] {
      return checked_url(invocation, machines, host, invocation.arguments.on("swarm"));
    });
    const Path folder = machines.store().folder(host.name);
    const auto option = [&](const char* name, const char* file) {
      invocation.terminal.out_line(std::string("--") + name + "=\"" + (folder / file).string() + "\"");
    };
    if (host.engine.via != "ssh") {
      invocation.terminal.out_line("--tlsverify");
      option("tlscacert", "ca.pem");
      option("tlscert", "cert.pem");
      option("tlskey", "key.pem");
    }
    invocation.terminal.out_line("-H=" + url);
    return 0;
  };
  return command;
}

}  // namespace berth::cli
