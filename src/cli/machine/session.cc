#include "cli/machine/session.h"

#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

constexpr const char* kDefaultMachine = "default";
// Engines that start or stop at the same time; beyond this the computer only gets slower.
constexpr std::size_t kParallel = 16;

}  // namespace

machine::Machines machines_of(const Invocation& invocation) {
  const std::string given = invocation.arguments.text("storage-path");
  return machine::Machines(given.empty() ? machine::HostStore::default_storage(invocation.environment) : Path(given),
                           invocation.environment);
}

std::string machine_program(const Invocation& invocation) {
  return invocation.program.ends_with("machine") ? invocation.program : invocation.program + " machine";
}

std::vector<std::string> named_machines(const Invocation& invocation, const machine::Machines& machines) {
  if (!invocation.arguments.rest.empty()) return invocation.arguments.rest;
  if (machines.store().exists(kDefaultMachine)) return {kDefaultMachine};
  throw Error(Kind::kInvalid, "Error: No machine name(s) specified and no \"default\" machine exists");
}

std::string named_machine(const Invocation& invocation, const machine::Machines& machines) {
  if (invocation.arguments.rest.size() > 1) {
    throw Error(Kind::kInvalid, "Error: Expected one machine name as an argument");
  }
  return named_machines(invocation, machines)[0];
}

machine::Say say_about(Invocation& invocation, const std::string& name, bool several) {
  const std::string prefix = several ? "(" + name + ") " : "";
  return [&terminal = invocation.terminal, prefix](std::string_view line) {
    terminal.out_line(line.starts_with(prefix) ? std::string(line) : prefix + std::string(line));
  };
}

void throw_all(const std::vector<std::optional<Error>>& outcomes) {
  std::vector<std::string> messages;
  Kind kind = Kind::kInternal;
  for (const auto& outcome : outcomes) {
    if (!outcome) continue;
    if (messages.empty() || outcome->kind() == Kind::kCancelled) kind = outcome->kind();
    messages.push_back(outcome->message());
  }
  if (!messages.empty()) throw Error(kind, join(messages, "\n"));
}

void on_each_machine(
    Invocation& invocation,
    const std::function<void(const machine::Machines&, const std::string&, const machine::Say&)>& work) {
  const machine::Machines machines = machines_of(invocation);
  std::vector<std::string> names = named_machines(invocation, machines);
  throw_all(for_each_parallel(names, kParallel, [&](const std::string& name) { machines.store().load(name); }));
  const bool several = names.size() > 1;
  throw_all(for_each_parallel(names, kParallel, [&](const std::string& name) {
    const auto act = [&] { work(machines, name, say_about(invocation, name, several)); };
    if (several) {
      within("machine '" + name + "'", act);
    } else {
      act();
    }
  }));
}

void warn_of_certificates(Invocation& invocation, const machine::Machines& machines,
                          const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    try {
      const machine::Host host = machines.store().load(name);
      if (host.engine.via == "ssh") continue;  // its engine asks for no certificate
      if (const auto warning = machines.certificate_warning(host)) invocation.terminal.warn(*warning);
    } catch (const Error&) {
      // Whoever needs that machine is told.
    }
  }
}

Command machine_action(std::string name, std::string summary,
                       void (machine::Machines::*action)(const Context&, const std::string&, const machine::Say&) const,
                       std::string closing_line) {
  Command command;
  command.name = std::move(name);
  command.usage = "[MACHINE...]";
  command.summary = std::move(summary);
  command.completes = "machine";
  command.run = [action, closing_line = std::move(closing_line)](Invocation& invocation) {
    on_each_machine(invocation,
                    [&](const machine::Machines& machines, const std::string& machine_name, const machine::Say& say) {
                      (machines.*action)(invocation.context, machine_name, say);
                    });
    if (!closing_line.empty()) {
      invocation.terminal.out_line(replace_all(closing_line, "PROGRAM", machine_program(invocation)));
    }
    return 0;
  };
  return command;
}

}  // namespace berth::cli
