// The containers of a state by their service, so that a plan of many services looks at each container once.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "converge/observe.h"

namespace berth::converge {

class ContainersByService {
 public:
  using Containers = std::vector<const engine::ContainerSummary*>;

  // Points into `state`, which outlives this.
  explicit ContainersByService(const State& state);

  // All of the service, one-off ones and its ingress too, in the order of the state; none for a service without.
  const Containers& of(std::string_view service) const;

 private:
  std::map<std::string_view, Containers> containers_;
};

}  // namespace berth::converge
