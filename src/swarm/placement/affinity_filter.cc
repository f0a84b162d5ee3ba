// affinity: with, or without, a container of this name or id, an image, a container with a label.
#include <algorithm>

#include "base/strings.h"
#include "swarm/placement/filter.h"
#include "swarm/placement/image_name.h"

namespace berth::swarm::placement {
namespace {

// A container matches by its name, its id or the short id.
bool has_container(ClusterState& state, const Pattern& pattern, const NodeRecord& node) {
  if (pattern.is_exact()) {
    const auto found = state.containers_called(pattern.text());
    return std::any_of(found.begin(), found.end(), [&](const auto* record) { return record->node == node.slot; });
  }
  return std::any_of(node.containers.begin(), node.containers.end(), [&](const ContainerRecord* record) {
    return pattern.matches(record->name) || pattern.matches(record->id);
  });
}

bool has_image(const Pattern& pattern, const NodeRecord& node) {
  return std::any_of(node.node.images.begin(), node.node.images.end(), [&](const std::string& image) {
    return pattern.matches(image) || pattern.matches(repository_of(image)) ||
           (pattern.is_exact() && is_id_of(pattern.text(), image));
  });
}

bool has_label(ClusterState& state, std::string_view key, const Pattern& pattern, const NodeRecord& node) {
  if (pattern.is_exact()) {
    const NodeCounts* nodes = state.nodes_with_label(key, pattern.text());
    return nodes != nullptr && nodes->contains(node.slot);
  }
  const auto name = state.symbols().find(key);
  if (!name) return false;
  return std::any_of(node.containers.begin(), node.containers.end(), [&](const ContainerRecord* record) {
    return std::any_of(record->labels.begin(), record->labels.end(), [&](const auto& label) {
      return label.first == *name && pattern.matches(state.symbols().text(label.second));
    });
  });
}

class Affinity final : public Filter {
 public:
  std::string_view name() const override { return "affinity"; }
  std::size_t count(const Request& request) const override { return request.affinities.size(); }
  About about(const Request&, std::size_t) const override { return About::kContainers; }
  bool soft(const Request& request, std::size_t i) const override { return request.affinities[i].soft; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out += request.affinities[i].text;
  }
  bool holds(ClusterState& state, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const Expression& affinity = request.affinities[i];
    if (affinity.key == "container") return has_container(state, affinity.value, node) == affinity.equal;
    if (affinity.key == "image") return has_image(affinity.value, node) == affinity.equal;
    return has_label(state, affinity.key, affinity.value, node) == affinity.equal;
  }
  std::optional<std::vector<Slot>> only(ClusterState& state, const Request& request, std::size_t i) const override {
    const Expression& affinity = request.affinities[i];
    if (!affinity.equal || !affinity.value.is_exact() || affinity.key == "image") return std::nullopt;
    std::vector<Slot> slots;
    if (affinity.key == "container") {
      for (const ContainerRecord* record : state.containers_called(affinity.value.text()))
        slots.push_back(record->node);
    } else if (const NodeCounts* nodes = state.nodes_with_label(affinity.key, affinity.value.text())) {
      if (nodes->size() > kFewNodes) return std::nullopt;
      for (const auto& [slot, number] : *nodes) slots.push_back(slot);
    }
    return slots;
  }
};

}  // namespace

const Filter& affinity_filter() {
  static const Affinity filter;
  return filter;
}

}  // namespace berth::swarm::placement
