// `models` as services see them: variables, named as docker compose 2.40 names them.
#pragma once

#include <string>
#include <string_view>

#include "compose/project.h"

namespace berth::compose {

struct ModelVariables {
  std::string model;     // "LLM_MODEL"
  std::string endpoint;  // "LLM_URL"
};
// Of the model with this key, for a service that names it so.
ModelVariables variables_of(std::string_view key, const ServiceModel& model);

// Gives every service, disabled ones too, the variables with the names of its models, over what its file says. Their
// addresses are known when they are served, and no part of the configuration. Does nothing the second time.
void write_out_models(Project& project);

}  // namespace berth::compose
