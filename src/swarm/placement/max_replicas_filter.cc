// maxreplicas: no more than so many containers of one group on a node. Source: swarm mode's max_replicas_per_node.
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

class MaxReplicas final : public Filter {
 public:
  std::string_view name() const override { return "maxreplicas"; }
  std::size_t count(const Request& request) const override { return request.max_replicas_per_node ? 1 : 0; }
  About about(const Request&, std::size_t) const override { return About::kContainers; }
  void describe(const Request& request, std::size_t, std::string& out) const override {
    out.append("at most ").append(std::to_string(*request.max_replicas_per_node));
    out.append(" of '").append(request.group).append("' on a node");
  }
  bool holds(ClusterState& state, const Request& request, std::size_t, const NodeRecord& node) const override {
    const Group* group = state.group(request.group);
    if (group == nullptr) return true;
    const auto found = group->nodes.find(node.slot);
    return found == group->nodes.end() || found->second < *request.max_replicas_per_node;
  }
};

}  // namespace

const Filter& max_replicas_filter() {
  static const MaxReplicas filter;
  return filter;
}

}  // namespace berth::swarm::placement
