// containerslots: a node with this label takes that many containers. A label that is no number is no limit.
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

class ContainerSlots final : public Filter {
 public:
  std::string_view name() const override { return "containerslots"; }
  std::size_t count(const Request&) const override { return 1; }
  About about(const Request&, std::size_t) const override { return About::kRoom; }
  void describe(const Request&, std::size_t, std::string& out) const override { out += "available container slots"; }
  bool holds(ClusterState&, const Request&, std::size_t, const NodeRecord& node) const override {
    return !node.slots || static_cast<std::int64_t>(node.containers.size()) < *node.slots;
  }
};

}  // namespace

const Filter& container_slots_filter() {
  static const ContainerSlots filter;
  return filter;
}

}  // namespace berth::swarm::placement
