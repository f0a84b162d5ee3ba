#include "converge/orphans.h"

#include "converge/labels.h"

namespace berth::converge {

std::vector<const engine::ContainerSummary*> orphans_of(const compose::Project& project, const State& state) {
  std::vector<const engine::ContainerSummary*> orphans;
  for (const engine::ContainerSummary& container : state.containers) {
    if (is_keeper(container)) continue;
    const bool ended = container.state == "exited" || container.state == "dead";
    const compose::Service* service = project.find_service(service_of(container));
    if (is_hook(container) && service != nullptr && !service->pre_start.empty()) continue;  // the next run's business
    const bool orphan = is_one_off(container) && !is_ingress(container) ? ended : service == nullptr;
    if (orphan) orphans.push_back(&container);
  }
  return orphans;
}

}  // namespace berth::converge
