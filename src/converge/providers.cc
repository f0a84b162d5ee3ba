#include "converge/providers.h"

#include "converge/dependency_order.h"

namespace berth::converge {

RunProvider run_of(const compose::Project& project, const compose::Service& service, RunProvider::Command command) {
  return {.service = service.name,
          .project = project.name,
          .command = command,
          .provider = *service.provider,
          .environment = project.environment};
}

ProviderRuns plan_providers(const compose::Project& project, PlanBuilder& builder) {
  ProviderRuns runs;
  for (const compose::Service* service : dependency_order(project)) {
    if (!service->provider) continue;
    const OperationNumber run = builder.add(run_of(project, *service, RunProvider::Command::kUp), {},
                                            {.service = service->name, .reason = {}, .replaces = false});
    order_after_providers(*service, runs, run, builder);
    runs[service->name] = run;
  }
  return runs;
}

void order_after_providers(const compose::Service& service, const ProviderRuns& runs, OperationNumber operation,
                           PlanBuilder& builder) {
  for (const auto& [name, dependency] : service.depends_on) {
    const auto run = runs.find(name);
    if (run != runs.end()) builder.order(operation, run->second, dependency.required ? When::kWell : When::kEnded);
  }
}

}  // namespace berth::converge
