#include "compose/models.h"

#include "base/strings.h"
#include "compose/set_variable.h"

namespace berth::compose {

ModelVariables variables_of(std::string_view key, const ServiceModel& model) {
  const std::string prefix = replace_all(to_upper(key), "-", "_");
  return {.model = model.model_var.empty() ? prefix + "_MODEL" : model.model_var,
          .endpoint = model.endpoint_var.empty() ? prefix + "_URL" : model.endpoint_var};
}

void write_out_models(Project& project) {
  for (auto* services : {&project.services, &project.disabled_services}) {
    for (auto& [name, service] : *services) {
      for (const auto& [key, wanted] : service.models) {
        const auto model = project.models.find(key);
        if (model == project.models.end()) continue;  // of a disabled service, which nothing checks
        set_variable(service, variables_of(key, wanted).model, model->second.model);
      }
    }
  }
}

}  // namespace berth::compose
