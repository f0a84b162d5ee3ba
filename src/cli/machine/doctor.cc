#include "machine/doctor.h"

#include "base/clock.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

namespace {

void print(Terminal& terminal, const machine::Finding& finding) {
  using Verdict = machine::Finding::Verdict;
  const bool colours = terminal.out_colours();
  const std::string mark = finding.verdict == Verdict::kGood      ? coloured("ok  ", Colour::kGreen, colours)
                           : finding.verdict == Verdict::kWarning ? coloured("warn", Colour::kYellow, colours)
                                                                  : coloured("FAIL", Colour::kRed, colours);
  std::string step = finding.step;
  step.resize(std::max<std::size_t>(step.size(), 13), ' ');
  terminal.out_line(mark + " " + step + finding.words);
}

}  // namespace

Command machine_doctor_command() {
  Command command;
  command.name = "doctor";
  command.usage = "[MACHINE...]";
  command.summary = "Find the broken step between here and a machine's engine";
  command.completes = "machine";
  command.run = [](Invocation& invocation) {
    const machine::Machines machines = machines_of(invocation);
    const auto names = named_machines(invocation, machines);
    bool whole = true;
    for (const std::string& name : names) {
      if (names.size() > 1) invocation.terminal.out_line(name + ":");
      const machine::Host host = machines.store().load(name);
      whole &= machine::examine(invocation.context, machines, host, system_clock().now(),
                                [&](const machine::Finding& finding) { print(invocation.terminal, finding); });
    }
    return whole ? 0 : 1;
  };
  return command;
}

}  // namespace berth::cli
