// dependency: containers that share volumes, links or namespaces are on one node.
#include <algorithm>

#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

class Together final : public Filter {
 public:
  std::string_view name() const override { return "dependency"; }
  std::size_t count(const Request& request) const override { return request.dependencies.size(); }
  About about(const Request&, std::size_t) const override { return About::kCluster; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out += request.dependencies[i].option;
  }
  bool holds(ClusterState& state, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const auto found = state.containers_called(request.dependencies[i].container);
    return std::any_of(found.begin(), found.end(), [&](const auto* record) { return record->node == node.slot; });
  }
  std::optional<std::vector<Slot>> only(ClusterState& state, const Request& request, std::size_t i) const override {
    std::vector<Slot> slots;
    for (const ContainerRecord* record : state.containers_called(request.dependencies[i].container)) {
      slots.push_back(record->node);
    }
    return slots;
  }
};

}  // namespace

const Filter& dependency_filter() {
  static const Together filter;
  return filter;
}

}  // namespace berth::swarm::placement
