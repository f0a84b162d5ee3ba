// Variables of containers that programs of this computer give when the plan is executed: the addresses of a service's
// models. Those of providers are known before planning (providers.h).
#pragma once

#include <vector>

#include "compose/project.h"
#include "converge/models.h"
#include "converge/providers.h"

namespace berth::converge {

// The operations of a plan that give them.
struct Givers {
  ProviderRuns providers;
  ServedModels models;
};

// Adds the operations.
Givers plan_givers(const compose::Project& project, PlanBuilder& builder);
// Those of a finished plan.
Givers givers_in(const Plan& plan);

std::vector<LateVariable> late_variables(const compose::Service& service, const Givers& givers);

// What has to have ended well before the service's containers start.
Numbers models_of(const compose::Service& service, const Givers& givers);

// The operation, which creates a container, after those that give it variables.
void order_after_givers(const compose::Service& service, const Givers& givers, OperationNumber operation,
                        PlanBuilder& builder);

}  // namespace berth::converge
