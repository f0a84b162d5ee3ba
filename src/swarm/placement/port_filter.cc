// port: the host ports that the container takes are free. Those of stopped containers are not: they want them back.
#include <algorithm>
#include <set>

#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

bool overlap(const HostPort& a, const HostPort& b) {
  const bool same_address = a.address.empty() || b.address.empty() || a.address == b.address;
  return a.protocol == b.protocol && same_address && a.first <= b.last && b.first <= a.last;
}

// A range takes one port of itself, and nobody knows which until it runs: a single port inside of it is not free, and a
// range is free when it has more ports than there are takers.
bool is_free(const NodeRecord& node, const HostPort& wanted) {
  const bool single = wanted.first == wanted.last;
  std::set<std::uint16_t> taken;
  std::size_t ranges = 0;
  for (const ContainerRecord* container : node.containers) {
    for (const HostPort& port : container->ports) {
      if (!overlap(port, wanted)) continue;
      if (single) return false;
      if (port.first == port.last) {
        taken.insert(port.first);
      } else {
        ++ranges;
      }
    }
  }
  return taken.size() + ranges <= static_cast<std::size_t>(wanted.last - wanted.first);
}

class Port final : public Filter {
 public:
  std::string_view name() const override { return "port"; }
  std::size_t count(const Request& request) const override { return request.ports.size(); }
  About about(const Request&, std::size_t) const override { return About::kContainers; }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    out.append("port ").append(to_string(request.ports[i]));
  }
  bool holds(ClusterState&, const Request& request, std::size_t i, const NodeRecord& node) const override {
    return is_free(node, request.ports[i]);
  }
};

}  // namespace

const Filter& port_filter() {
  static const Port filter;
  return filter;
}

}  // namespace berth::swarm::placement
