#include <map>

#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "machine/apply_plan.h"

namespace berth::cli {

namespace {

using machine::ApplyStep;

constexpr std::size_t kParallel = 16;
constexpr int kChanges = 2;
constexpr auto kProbe = std::chrono::seconds(10);

std::string file_text(const std::string& name) {
  if (name == "-") return read_file("/dev/stdin");
  return read_file(name);
}

// The folder's name, for a file that gives none.
std::string fallback_name(const std::string& file) {
  const Path folder = file == "-" ? std::filesystem::current_path() : std::filesystem::absolute(file).parent_path();
  return folder.filename();
}

machine::MachineFile read_machines(const Invocation& invocation, const std::string& file) {
  std::map<std::string, std::vector<machine::DriverFlag>> known;
  const machine::FlagsOf flags_of = [&](const std::string& driver) {
    const auto found = known.find(driver);
    if (found != known.end()) return found->second;
    return known[driver] = machine::driver_flags(invocation.context, driver, invocation.environment);
  };
  machine::MachineFile result =
      machine::read_machine_file(file_text(file), file, fallback_name(file), flags_of, invocation.environment);
  if (!result.faults.empty()) throw yaml::to_error(result.faults);
  return result;
}

// Machines of the store. Only those that the file means are asked for their state.
std::vector<machine::ExistingMachine> existing_machines(const Invocation& invocation, const machine::Machines& machines,
                                                        const machine::MachineFile& file) {
  std::vector<machine::ExistingMachine> existing;
  for (const std::string& name : machines.store().list()) existing.push_back({.name = name});
  for_each_parallel(existing, kParallel, [&](machine::ExistingMachine& found) {
    found.unfinished = machines.store().unfinished(found.name);
    const machine::Host host = machines.store().load(found.name);
    found.driver = host.driver_name;
    found.labels = host.engine.labels;
    const bool meant = std::any_of(file.machines.begin(), file.machines.end(),
                                   [&](const machine::CreateRequest& wanted) { return wanted.name == found.name; });
    if (meant && !found.unfinished) {
      found.state = machines.driver(host)->state(invocation.context.with_timeout(kProbe));
    }
  });
  return existing;
}

void carry_out(Invocation& invocation, const machine::Machines& machines, const machine::MachineFile& file,
               machine::ApplyPlan& plan) {
  throw_all(for_each_parallel(plan.steps, kParallel, [&](const ApplyStep& step) {
    const machine::Say say = say_about(invocation, step.name, plan.steps.size() > 1);
    within("machine '" + step.name + "'", [&] {
      switch (step.action) {
        case ApplyStep::Action::kCreate:
        case ApplyStep::Action::kRecreate: {
          const machine::CreateRequest& request = file.machines[step.index];
          machines.pre_create_check(invocation.context, request);
          return machines.create(invocation.context, request, say);
        }
        case ApplyStep::Action::kStart:
          return machines.start(invocation.context, step.name, say);
        case ApplyStep::Action::kRemove:
          return machines.remove(invocation.context, step.name, false, say);
      }
    });
  }));
}

int apply(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const machine::Machines machines = machines_of(invocation);
  const machine::MachineFile file = read_machines(invocation, arguments.rest[0]);
  machine::ApplyPlan plan =
      machine::plan_apply(file, existing_machines(invocation, machines, file), arguments.on("prune"));
  for (const std::string& remark : plan.remarks) invocation.terminal.warn(remark);
  if (plan.steps.empty()) {
    invocation.terminal.out_line("Nothing to do: " + std::to_string(file.machines.size()) +
                                 " machines are as asked for.");
    return 0;
  }
  invocation.terminal.out(machine::to_text(plan, file));
  if (arguments.on("plan")) return kChanges;
  carry_out(invocation, machines, file, plan);
  return 0;
}

}  // namespace

Command machine_apply_command() {
  Command command;
  command.name = "apply";
  command.usage = "[OPTIONS] FILE";
  command.summary = "Make the machines that a YAML file asks for";
  command.completes = "file";
  command.at_least = command.at_most = 1;
  command.flags = {
      flag("plan", 0, "Show what would change, and exit with 0 for nothing, 2 for something"),
      flag("prune", 0, "Remove machines that the file asked for earlier and does not any more"),
  };
  command.run = apply;
  return command;
}

}  // namespace berth::cli
