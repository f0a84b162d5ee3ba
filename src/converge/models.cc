#include "converge/models.h"

namespace berth::converge {

ServeModel serving(const compose::Project& project, const compose::Model& model) {
  return {.key = model.key,
          .name = model.name,
          .model = model.model,
          .context_size = model.context_size,
          .runtime_flags = model.runtime_flags,
          .environment = project.environment};
}

ServedModels plan_models(const compose::Project& project, PlanBuilder& builder) {
  ServedModels served;
  for (const auto& [name, service] : project.services) {
    if (service.provider) continue;
    for (const auto& [key, wanted] : service.models) {
      if (served.contains(key)) continue;
      served[key] = builder.add(serving(project, project.models.find(key)->second));  // consistency has looked
    }
  }
  return served;
}

}  // namespace berth::converge
