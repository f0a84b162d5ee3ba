// The services of a plan that providers make instead of containers, and the variables that they give to dependents
// (docs/decisions/0061). Who creates containers has the providers run before it plans, so that the plan knows what they
// give (compose::Project::provided); a plan without that has their runs in it, and is there to be shown.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compose/project.h"
#include "converge/plan_builder.h"

namespace berth::converge {

// By service.
using ProviderRuns = std::map<std::string, OperationNumber, std::less<>>;

bool has_providers(const compose::Project& project);

RunProvider run_of(const compose::Project& project, const compose::Service& service, RunProvider::Command command);

// Runs of all whose variables the project does not know, each after those that its service depends on. Before any
// container is started, as docker compose does it: what their dependents are created with has to be known then.
ProviderRuns plan_providers(const compose::Project& project, PlanBuilder& builder);

// The same as a plan of its own.
Plan plan_provider_runs(const compose::Project& project);

// The operation after the runs that its service depends on.
void order_after_providers(const compose::Service& service, const ProviderRuns& runs, OperationNumber operation,
                           PlanBuilder& builder);

// What the providers that the service depends on gave, as far as it is known.
compose::TextMap given_variables(const compose::Project& project, const compose::Service& service);

// A short digest of that of each provider which gave anything, as the label io.berth.compose.given has it:
// "db=1f3c9a02 queue=77be01aa". 32 bits: enough to see a change, too few to find a password by.
std::string given_digests(const compose::Project& project, const compose::Service& service);

// "variables of provider 'db' changed" for each whose digest differs from the label's, or that the service no longer
// depends on. None for those whose variables are not known, and those that are left out (--no-deps).
std::vector<std::string> changed_variables(const compose::Project& project, const compose::Service& service,
                                           std::string_view label);

// Providers that the service depends on and whose variables are known only when they have run.
std::vector<std::string> untold_providers(const compose::Project& project, const compose::Service& service);

// The services and the providers that they depend on: without these, containers would lack variables.
std::vector<std::string> with_providers(const compose::Project& project, std::vector<std::string> services);

}  // namespace berth::converge
