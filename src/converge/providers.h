// The services of a plan that providers make instead of containers.
#pragma once

#include <map>
#include <string>

#include "compose/project.h"
#include "converge/plan_builder.h"

namespace berth::converge {

// By service.
using ProviderRuns = std::map<std::string, OperationNumber, std::less<>>;

RunProvider run_of(const compose::Project& project, const compose::Service& service, RunProvider::Command command);

// Runs of all that the project has, each after those that its service depends on. Before any container is started, as
// docker compose does it: what their dependents are created with has to be known then.
ProviderRuns plan_providers(const compose::Project& project, PlanBuilder& builder);

// The operation after the runs that its service depends on.
void order_after_providers(const compose::Service& service, const ProviderRuns& runs, OperationNumber operation,
                           PlanBuilder& builder);

}  // namespace berth::converge
