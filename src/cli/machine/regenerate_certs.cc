#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

int regenerate(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  named_machines(invocation, machines);  // there is one
  if (!invocation.arguments.on("force") &&
      !to_lower(invocation.terminal.ask("Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "))
           .starts_with("y")) {
    return 0;
  }
  if (invocation.arguments.on("client-certs")) {
    invocation.terminal.out_line("Regenerating the certificate authority and the client certificate");
    machines.replace_authority();
  }
  on_each_machine(invocation, [&](const machine::Machines& all, const std::string& name, const machine::Say& say) {
    all.regenerate_certificates(invocation.context, name, say);
  });
  return 0;
}

}  // namespace

Command machine_regenerate_certs_command() {
  Command command;
  command.name = "regenerate-certs";
  command.usage = "[OPTIONS] [MACHINE...]";
  command.summary = "Regenerate TLS Certificates for a machine";
  command.completes = "machine";
  command.flags = {
      flag("client-certs", 0, "Also regenerate client certificates and CA"),
      flag("force", 'f', "Force rebuild and do not prompt"),
  };
  command.run = regenerate;
  return command;
}

}  // namespace berth::cli
