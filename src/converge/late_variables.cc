#include "converge/late_variables.h"

#include "compose/models.h"

namespace berth::converge {

Givers plan_givers(const compose::Project& project, PlanBuilder& builder) {
  return {.providers = plan_providers(project, builder), .models = plan_models(project, builder)};
}

Givers givers_in(const Plan& plan) {
  Givers givers;
  for (const Operation& operation : plan.operations) {
    const auto* run = std::get_if<RunProvider>(&operation.action);
    if (run != nullptr && run->command == RunProvider::Command::kUp) givers.providers[run->service] = operation.number;
    if (const auto* serve = std::get_if<ServeModel>(&operation.action)) givers.models[serve->key] = operation.number;
  }
  return givers;
}

std::vector<LateVariable> late_variables(const compose::Service& service, const Givers& givers) {
  std::vector<LateVariable> variables;
  for (const auto& [key, wanted] : service.models) {
    const auto served = givers.models.find(key);
    if (served == givers.models.end()) continue;
    variables.push_back({.given_by = served->second, .name = compose::variables_of(key, wanted).endpoint});
  }
  return variables;
}

Numbers models_of(const compose::Service& service, const Givers& givers) {
  Numbers models;
  for (const auto& [key, wanted] : service.models) {
    if (const auto served = givers.models.find(key); served != givers.models.end()) models.push_back(served->second);
  }
  return models;
}

void order_after_givers(const compose::Service& service, const Givers& givers, OperationNumber operation,
                        PlanBuilder& builder) {
  order_after_providers(service, givers.providers, operation, builder);
  for (const OperationNumber model : models_of(service, givers)) builder.order(operation, model);
}

}  // namespace berth::converge
