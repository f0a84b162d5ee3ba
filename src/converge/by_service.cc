#include "converge/by_service.h"

#include "converge/labels.h"

namespace berth::converge {

ContainersByService::ContainersByService(const State& state) {
  for (const engine::ContainerSummary& container : state.containers) {
    containers_[service_of(container)].push_back(&container);
  }
}

const ContainersByService::Containers& ContainersByService::of(std::string_view service) const {
  static const Containers none;
  const auto found = containers_.find(service);
  return found == containers_.end() ? none : found->second;
}

}  // namespace berth::converge
