// network and volume: containers that share one of these are on one node, since neither spans nodes. This is the one
// place that says so; it goes when networks do span nodes.
#include <algorithm>

#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

bool can_take(const NodeRecord& node) { return node.node.healthy && node.node.availability == Availability::kActive; }

// The first container of a network may go anywhere, and so may one whose network is only on nodes that are gone or take
// nothing: what is left of an application is not held back by what is lost.
const NodeCounts* nodes_of_network(ClusterState& state, const std::string& name) {
  const NodeCounts* nodes = state.nodes_with_network(name);
  if (nodes == nullptr) return nullptr;
  const bool any =
      std::any_of(nodes->begin(), nodes->end(), [&](const auto& entry) { return can_take(state.at(entry.first)); });
  return any ? nodes : nullptr;
}

std::optional<std::vector<Slot>> slots_of(const NodeCounts* nodes) {
  if (nodes == nullptr || nodes->size() > kFewNodes) return std::nullopt;
  std::vector<Slot> slots;
  for (const auto& [slot, number] : *nodes) slots.push_back(slot);
  return slots;
}

class Network final : public Filter {
 public:
  std::string_view name() const override { return "network"; }
  std::size_t count(const Request& request) const override { return request.networks.size(); }
  About about(const Request&, std::size_t) const override { return About::kCluster; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out.append("network ").append(request.networks[i]);
  }
  bool holds(ClusterState& state, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const NodeCounts* nodes = nodes_of_network(state, request.networks[i]);
    return nodes == nullptr || nodes->contains(node.slot);
  }
  std::optional<std::vector<Slot>> only(ClusterState& state, const Request& request, std::size_t i) const override {
    return slots_of(nodes_of_network(state, request.networks[i]));
  }
};

// Data stays where it is: also when its node is away. An empty volume of the same name elsewhere would look like loss.
class Volume final : public Filter {
 public:
  std::string_view name() const override { return "volume"; }
  std::size_t count(const Request& request) const override { return request.volumes.size(); }
  About about(const Request&, std::size_t) const override { return About::kCluster; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out.append("volume ").append(request.volumes[i]);
  }
  bool holds(ClusterState& state, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const NodeCounts* nodes = state.nodes_with_volume(request.volumes[i]);
    return nodes == nullptr || nodes->contains(node.slot);
  }
  std::optional<std::vector<Slot>> only(ClusterState& state, const Request& request, std::size_t i) const override {
    return slots_of(state.nodes_with_volume(request.volumes[i]));
  }
};

}  // namespace

const Filter& network_filter() {
  static const Network filter;
  return filter;
}

const Filter& volume_filter() {
  static const Volume filter;
  return filter;
}

}  // namespace berth::swarm::placement
