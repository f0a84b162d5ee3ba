#include "swarm/placement/refusal.h"

namespace berth::swarm::placement {

Refusal refuse(ClusterState& state, const Request& request, const Conditions& conditions) {
  Refusal refusal;
  refusal.nodes = state.node_count();
  std::size_t healthy = 0;
  std::size_t but_for_resources = 0;
  std::vector<std::size_t> excluded(conditions.size(), 0);
  for (const NodeRecord& node : state.slots()) {
    if (!node.used) continue;
    bool up = true;
    bool others = true;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const Condition& condition = conditions[i];
      if (condition.soft(request) || condition.holds(state, request, node)) continue;
      ++excluded[i];
      if (condition.filter == &health_filter() || condition.filter == &availability_filter()) up = false;
      if (condition.filter != &resources_filter()) others = false;
    }
    if (up) ++healthy;
    if (others) ++but_for_resources;
  }
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (excluded[i] == 0) continue;
    Unmet unmet{std::string(conditions[i].filter->name()), "", excluded[i]};
    conditions[i].describe(request, unmet.condition);
    refusal.unmet.push_back(std::move(unmet));
  }
  refusal.reason = healthy == 0            ? Refusal::Reason::kNoHealthyNode
                   : but_for_resources > 0 ? Refusal::Reason::kNoResources
                                           : Refusal::Reason::kConditions;
  return refusal;
}

std::string Refusal::message() const {
  std::string text;
  switch (reason) {
    case Reason::kNoHealthyNode:
      text = "No healthy node available in the cluster";
      break;
    case Reason::kNoResources:
      text = "no resources available to schedule container";
      break;
    case Reason::kConditions:
      text = "Unable to find a node that satisfies the following conditions";
      break;
  }
  for (const Unmet& condition : unmet) {
    text += "\n[" + condition.condition + "] rules out " + std::to_string(condition.excluded) + " of " +
            std::to_string(nodes) + (nodes == 1 ? " node" : " nodes") + " (" + condition.filter + ")";
  }
  return text;
}

}  // namespace berth::swarm::placement
