// The models that a plan has served before containers of the services that use them are created.
#pragma once

#include <map>
#include <string>

#include "compose/project.h"
#include "converge/plan_builder.h"

namespace berth::converge {

// By the model's key.
using ServedModels = std::map<std::string, OperationNumber, std::less<>>;

ServeModel serving(const compose::Project& project, const compose::Model& model);

// One operation for each model that an enabled service uses, before anything is created, as docker compose does it.
ServedModels plan_models(const compose::Project& project, PlanBuilder& builder);

}  // namespace berth::converge
