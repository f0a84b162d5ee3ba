// The keeper of a project: a container of berth-agent that restarts what is unhealthy and starts jobs at their times,
// for services that ask for it (docs/decisions/0046).
#pragma once

#include <string>

#include "compose/project.h"
#include "converge/observe.h"
#include "converge/plan_builder.h"
#include "converge/reconcile.h"
#include "converge/stops.h"

namespace berth::converge {

bool needs_keeper(const compose::Project& project);

// Creates, recreates, starts and removes it, as the project needs it or not.
void plan_keeper(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                 Stops& stops);

// The project's, or nullptr.
const engine::ContainerSummary* find_keeper(const State& state);

// "10 300" of a service that is to be restarted when unhealthy, "skip 30 3 * * *" of a scheduled one; empty: it is not.
std::string restart_label(const compose::Service& service);
std::string schedule_label(const compose::Service& service);

// Digest of all that the project says of its services, their configs and secrets: what a release is to a job that runs
// once for each.
std::string release_digest(const compose::Project& project);

}  // namespace berth::converge
