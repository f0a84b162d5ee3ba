// What must change so that the machines of a file are there: data, made without touching anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine/machine_file.h"

namespace berth::machine {

// A machine of the store, as far as a plan wants to know it.
struct ExistingMachine {
  std::string name;
  std::string driver;               // empty: its record cannot be read
  std::vector<std::string> labels;  // of its engine, as they were asked for
  State state = State::kNone;
  bool unfinished = false;  // its creation was cut short
};

struct ApplyStep {
  enum class Action { kCreate, kRecreate, kStart, kRemove };
  Action action;
  std::string name;
  std::size_t index = 0;  // in the file's machines; not of kRemove
  std::string why;        // for people, may be empty
  bool operator==(const ApplyStep&) const = default;
};

struct ApplyPlan {
  std::vector<ApplyStep> steps;
  // Differences that are said and left: a machine of another driver or with other labels, one that the file does not
  // have any more and is not to be pruned.
  std::vector<std::string> remarks;
};

// `prune`: machines that an earlier version of the file asked for are removed.
ApplyPlan plan_apply(const MachineFile& file, const std::vector<ExistingMachine>& existing, bool prune);

// "+ create web-1 (local)", "~ start web-2 (stopped)", "- remove old (not in the file)", a line each.
std::string to_text(const ApplyPlan& plan, const MachineFile& file);

}  // namespace berth::machine
