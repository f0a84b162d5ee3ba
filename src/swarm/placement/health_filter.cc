// health: the node answers; and availability, which no option turns off: the operator lets it take containers.
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

class Health final : public Filter {
 public:
  std::string_view name() const override { return "health"; }
  std::size_t count(const Request&) const override { return 1; }
  About about(const Request&, std::size_t) const override { return About::kFacts; }
  void describe(const Request&, std::size_t, std::string& out) const override { out += "healthy node"; }
  bool holds(ClusterState&, const Request&, std::size_t, const NodeRecord& node) const override {
    return node.node.healthy;
  }
};

class Available final : public Filter {
 public:
  std::string_view name() const override { return "availability"; }
  std::size_t count(const Request&) const override { return 1; }
  About about(const Request&, std::size_t) const override { return About::kFacts; }
  void describe(const Request&, std::size_t, std::string& out) const override { out += "active node"; }
  bool holds(ClusterState&, const Request&, std::size_t, const NodeRecord& node) const override {
    return node.node.availability == Availability::kActive;
  }
};

}  // namespace

const Filter& health_filter() {
  static const Health filter;
  return filter;
}

const Filter& availability_filter() {
  static const Available filter;
  return filter;
}

}  // namespace berth::swarm::placement
