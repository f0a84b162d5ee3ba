#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "machine/adoption.h"

namespace berth::cli {

namespace {

int adopt(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.rest.size() != 2) {
    throw Error(Kind::kInvalid, "adopt takes a name for the machine, and its host as [USER@]HOST[:PORT]");
  }
  const machine::Machines machines = machines_of(invocation);
  machine::AdoptRequest request = machine::parse_adoption(arguments.rest[0], arguments.rest[1]);
  request.key = arguments.text("ssh-key");
  const machine::Adoption adoption = machine::look_before_adoption(invocation.context, machines, request);
  for (const std::string& line : adoption.findings) invocation.terminal.out_line("  " + line);
  invocation.terminal.out_line("Plan:");
  for (const std::string& line : adoption.plan) invocation.terminal.out_line("  " + line);
  if (!adoption.obstacle.empty()) throw Error(Kind::kConflict, adoption.obstacle);
  if (arguments.on("dry-run")) return 0;
  if (!arguments.on("y") && !to_lower(invocation.terminal.ask("Adopt it? (y/n): ")).starts_with("y")) return 0;
  machine::adopt(invocation.context, machines, request, say_about(invocation, request.name, false));
  return 0;
}

}  // namespace

Command machine_adopt_command() {
  Command command;
  command.name = "adopt";
  command.usage = "[OPTIONS] MACHINE [USER@]HOST[:PORT]";
  command.summary = "Take in a host that runs an engine already, without changing it";
  command.flags = {
      flag("dry-run", 0, "Look and show the plan, nothing more"),
      text_flag("ssh-key", 'i', "Private key for SSH (default: what ssh finds by itself)").completing("file"),
      flag("y", 'y', "Do not ask"),
  };
  command.run = adopt;
  return command;
}

}  // namespace berth::cli
