#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "machine/leftovers.h"

namespace berth::cli {

namespace {

constexpr auto kProbe = std::chrono::seconds(30);

int prune(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Terminal& terminal = invocation.terminal;
  const machine::Machines machines = machines_of(invocation);
  std::vector<machine::Leftover> leftovers = machine::find_leftovers(invocation.context.with_timeout(kProbe), machines);
  if (leftovers.empty()) {
    terminal.out_line("Nothing to remove.");
    return 0;
  }
  for (const machine::Leftover& leftover : leftovers) {
    terminal.out_line("- " + leftover.name + " (" + leftover.why + ")");
  }
  if (arguments.on("dry-run")) return 0;
  if (!arguments.on("force") && !to_lower(terminal.ask("Remove them? (y/n): ")).starts_with("y")) return 0;
  throw_all(for_each_parallel(leftovers, 16, [&](const machine::Leftover& leftover) {
    within("removing '" + leftover.name + "'", [&] {
      machine::remove_leftover(invocation.context, machines, leftover, say_about(invocation, leftover.name, true));
    });
    terminal.out_line("Removed " + leftover.name);
  }));
  return 0;
}

}  // namespace

Command machine_prune_command() {
  Command command;
  command.name = "prune";
  command.usage = "[OPTIONS]";
  command.summary = "Remove machines that were never finished, or whose hosts are gone";
  command.at_most = 0;
  command.flags = {
      flag("force", 'f', "Do not ask"),
      flag("dry-run", 0, "Show what would be removed"),
  };
  command.run = prune;
  return command;
}

}  // namespace berth::cli
