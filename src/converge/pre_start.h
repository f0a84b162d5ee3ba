// Hooks that run before the containers of their service are started, each in a container of its own: pre_start
// (docs/decisions/0072).
#pragma once

#include <string>
#include <vector>

#include "converge/observe.h"
#include "converge/references.h"
#include "converge/start_order.h"

namespace berth::converge {

class PreStartPlanner {
 public:
  // All that is given outlives this.
  PreStartPlanner(const compose::Project& project, const State& state, const StartOrderOptions& options,
                  PlanBuilder& builder)
      : project_(project), state_(state), options_(options), builder_(builder) {}

  // Adds the runs that are due, after `conditions`, and lets replicas wait for them (Replica::ready). A hook is due for
  // replicas that have never been started; one of the whole service only while none has been. `find` gives the
  // containers of other services.
  void plan(const compose::Service& service, const std::vector<After>& conditions, const FindContainer& find,
            std::vector<Replica>& replicas);

 private:
  struct Subject {
    const compose::Service& service;
    const std::vector<After>& conditions;
    const FindContainer& find;
    Numbers cleared;  // removals of what hooks that failed have left
  };

  Numbers remove_leftovers(const compose::Service& service);
  // Its last operation is the run; the container's removal comes after.
  OperationNumber run(const Subject& subject, std::size_t index, const Replica& replica);
  // `own` is the service as the hook's container needs it.
  CreateContainer request_for(const Subject& subject, const compose::Service& own, const std::string& name,
                              const Replica& replica);

  const compose::Project& project_;
  const State& state_;
  const StartOrderOptions& options_;
  PlanBuilder& builder_;
};

}  // namespace berth::converge
