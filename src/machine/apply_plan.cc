#include "machine/apply_plan.h"

#include <algorithm>
#include <map>

#include "base/strings.h"

namespace berth::machine {

namespace {

bool asked_for_by(const ExistingMachine& machine, const std::string& file) {
  const std::string label = std::string(kApplyLabel) + "=" + file;
  return std::find(machine.labels.begin(), machine.labels.end(), label) != machine.labels.end();
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::optional<std::string> difference(const CreateRequest& wanted, const ExistingMachine& there) {
  if (there.driver.empty()) return "has no readable record";
  if (there.driver != wanted.driver) return "is of driver '" + there.driver + "', not '" + wanted.driver + "'";
  if (sorted(there.labels) != sorted(wanted.engine.labels)) return "has other labels than the file";
  return std::nullopt;
}

}  // namespace

ApplyPlan plan_apply(const MachineFile& file, const std::vector<ExistingMachine>& existing, bool prune) {
  using Action = ApplyStep::Action;
  ApplyPlan plan;
  std::map<std::string, const ExistingMachine*> there;
  for (const ExistingMachine& machine : existing) there[machine.name] = &machine;
  for (std::size_t i = 0; i < file.machines.size(); ++i) {
    const CreateRequest& wanted = file.machines[i];
    const auto found = there.extract(wanted.name);
    if (found.empty()) {
      plan.steps.push_back({Action::kCreate, wanted.name, i, {}});
      continue;
    }
    const ExistingMachine& machine = *found.mapped();
    if (machine.unfinished) {
      plan.steps.push_back({Action::kRecreate, wanted.name, i, "its creation was cut short"});
      continue;
    }
    if (const auto differs = difference(wanted, machine)) {
      plan.remarks.push_back("machine '" + machine.name + "' " + *differs + ": it is left as it is");
    }
    if (machine.state == State::kStopped) plan.steps.push_back({Action::kStart, wanted.name, i, "stopped"});
  }
  for (const ExistingMachine& machine : existing) {
    if (!there.contains(machine.name) || !asked_for_by(machine, file.name)) continue;
    if (prune) {
      plan.steps.push_back({Action::kRemove, machine.name, 0, "not in the file any more"});
    } else {
      plan.remarks.push_back("machine '" + machine.name + "' is not in the file any more: --prune removes it");
    }
  }
  return plan;
}

std::string to_text(const ApplyPlan& plan, const MachineFile& file) {
  using Action = ApplyStep::Action;
  std::string text;
  for (const ApplyStep& step : plan.steps) {
    const char* verb = step.action == Action::kCreate     ? "+ create "
                       : step.action == Action::kRecreate ? "+ create "
                       : step.action == Action::kStart    ? "~ start "
                                                          : "- remove ";
    text += verb + step.name;
    if (step.action == Action::kCreate || step.action == Action::kRecreate) {
      text += " (" + file.machines[step.index].driver + (step.why.empty() ? "" : "; " + step.why) + ")";
    } else {
      text += " (" + step.why + ")";
    }
    text += "\n";
  }
  return text;
}

}  // namespace berth::machine
