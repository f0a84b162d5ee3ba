// Puts a plan together: operations in any order, edges as they turn up.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "converge/plan.h"

namespace berth::converge {

using Numbers = std::vector<OperationNumber>;

class PlanBuilder {
 public:
  struct Options {
    std::string service;
    std::string reason;
    bool replaces = false;
  };

  // The operation's number until finish() gives it its final one.
  OperationNumber add(Action action, const Numbers& after, Options options);
  OperationNumber add(Action action, const Numbers& after = {}) { return add(std::move(action), after, Options()); }
  // `later` begins only when `earlier` has ended. kNone on either side, and an edge that is there, are passed over.
  void order(OperationNumber later, OperationNumber earlier, When when = When::kWell);

  // From now on, what `last` is to come after is what `first` comes after: both ends of one thing to do, such as a stop
  // and the hooks before it.
  void begin_with(OperationNumber last, OperationNumber first);

  void change(Change change) { plan_.changes.push_back(std::move(change)); }
  void warn(std::string warning) { plan_.warnings.push_back(std::move(warning)); }
  void keep_diverged_volume(std::string name) { plan_.diverged_volumes.push_back(std::move(name)); }
  const Operation& operation(OperationNumber number) const;

  // The plan with its operations numbered so that each comes after what it waits for, otherwise in the order they were
  // added. Throws kInternal on a cycle.
  Plan finish();

 private:
  Plan plan_;
  std::map<OperationNumber, OperationNumber> begins_;
};

// Calls `visit` with every ContainerRef of an action.
template <typename Visit>
void for_each_container(Action& action, Visit visit) {
  std::visit(
      [&](auto& a) {
        if constexpr (requires { a.container; }) visit(a.container);
        if constexpr (requires { a.containers; }) {
          for (ContainerRef& container : a.containers) visit(container);
        }
        if constexpr (requires { a.joins; }) {
          for (ContainerRef& container : a.joins) visit(container);
          for (ContainerRef& container : a.leaves) visit(container);
        }
        if constexpr (requires { a.references; }) {
          for (LateReference& reference : a.references) visit(reference.container);
        }
      },
      action);
}

}  // namespace berth::converge
