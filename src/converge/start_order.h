// The second half of `up`, and all of `start`: containers started when their dependencies are as they have to be.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/project.h"
#include "converge/ingresses.h"
#include "converge/late_variables.h"
#include "converge/observe.h"
#include "converge/plan_builder.h"
#include "converge/stops.h"

namespace berth::converge {

// A container that is to run.
struct Replica {
  ContainerRef container;
  int number = 0;
  const engine::ContainerSummary* existing = nullptr;  // nullptr: created by the plan
  engine::ContainerId replaces;                        // the one before, if any
  const engine::ContainerSummary* old = nullptr;       // is replaced in its turn of an update
  bool needs_start = true;
  Numbers ready;  // what has to be done before it can start
};
using Replicas = std::map<std::string, std::vector<Replica>, std::less<>>;  // by service

// The service's first container by name, the one that others use with "service:x"; nothing when it has none.
std::optional<ContainerRef> first_container(const Replicas& replicas, std::string_view service);

struct StartOrderOptions {
  bool rolling_back = false;
  bool wait = false;  // for everything, at the end
  std::optional<std::chrono::seconds> wait_timeout;
  Givers givers;                // dependents of providers come after them, whatever condition they name
  std::string separator = "-";  // of names; see UpOptions
};

// Adds the starts, what has to run or be copied in before them, and the waits; updates, and who is behind an ingress.
// `stops` and `ingresses` may be nullptr: nothing was stopped or is updated, the ingresses are not looked at.
void plan_starts(const compose::Project& project, const State& state, const Replicas& replicas,
                 const StartOrderOptions& options, Stops* stops, Ingresses* ingresses, PlanBuilder& builder);

}  // namespace berth::converge
