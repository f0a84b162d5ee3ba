// constraint: what the node is and how it is labelled. A node without a label meets no == of it, and every !=.
#include <array>
#include <span>

#include "swarm/placement/attribute.h"
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

bool meets(const Expression& constraint, const Node& node) {
  if (constraint.key == "node") {
    const std::array<std::string_view, 2> names = {node.id.value, node.name};
    return constraint.holds(names);
  }
  const std::string_view value = attribute_of(node, constraint.key);
  return value.empty() ? !constraint.equal : constraint.holds(value);
}

class Constraint final : public Filter {
 public:
  std::string_view name() const override { return "constraint"; }
  std::size_t count(const Request& request) const override { return request.constraints.size(); }
  About about(const Request&, std::size_t) const override { return About::kFacts; }
  bool soft(const Request& request, std::size_t i) const override { return request.constraints[i].soft; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out += request.constraints[i].text;
  }
  bool holds(ClusterState&, const Request& request, std::size_t i, const NodeRecord& node) const override {
    return meets(request.constraints[i], node.node);
  }
  std::optional<std::vector<Slot>> only(ClusterState& state, const Request& request, std::size_t i) const override {
    const Expression& constraint = request.constraints[i];
    if (constraint.key != "node" || !constraint.equal || !constraint.value.is_exact()) return std::nullopt;
    std::vector<Slot> slots = state.nodes_named(constraint.value.text());
    if (const NodeRecord* node = state.find_node(constraint.value.text())) slots.push_back(node->slot);
    return slots;
  }
};

}  // namespace

const Filter& constraint_filter() {
  static const Constraint filter;
  return filter;
}

}  // namespace berth::swarm::placement
