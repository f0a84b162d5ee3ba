#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

bool confirmed(Invocation& invocation) {
  if (invocation.arguments.on("y") || invocation.arguments.on("force")) return true;
  return to_lower(invocation.terminal.ask("Are you sure? (y/n): ")).starts_with("y");
}

int remove(Invocation& invocation) {
  const auto& names = invocation.arguments.rest;
  if (names.empty()) {
    throw Error(Kind::kInvalid, "Error: Expected to get one or more machine names as arguments");
  }
  invocation.terminal.out_line("About to remove " + join(names, ", "));
  invocation.terminal.out_line("WARNING: This action will delete both local reference and remote instance.");
  if (!confirmed(invocation)) return 0;

  const bool force = invocation.arguments.on("force");
  const machine::Machines machines = machines_of(invocation);
  std::vector<std::string> all = names;
  const auto outcomes = for_each_parallel(all, 16, [&](const std::string& name) {
    within("Error removing host \"" + name + "\"",
           [&] { machines.remove(invocation.context, name, force, say_about(invocation, name, false)); });
    invocation.terminal.out_line("Successfully removed " + name);
  });
  if (!force) {
    throw_all(outcomes);
    return 0;
  }
  for (const auto& outcome : outcomes) {
    if (outcome) invocation.terminal.err_line(outcome->message());
  }
  return 0;
}

}  // namespace

Command machine_rm_command() {
  Command command;
  command.name = "rm";
  command.usage = "[OPTIONS] MACHINE...";
  command.summary = "Remove a machine";
  command.completes = "machine";
  command.flags = {
      flag("force", 'f',
           "Remove local configuration even if machine cannot be removed, also implies an automatic yes (`-y`)"),
      flag("y", 'y', "Assumes automatic yes to proceed with remove, without prompting further user confirmation"),
  };
  command.run = remove;
  return command;
}

}  // namespace berth::cli
