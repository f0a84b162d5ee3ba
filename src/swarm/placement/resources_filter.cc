// resources: what the container reserves is left of the node. No option turns it off.
#include <iterator>

#include "base/strings.h"
#include "swarm/placement/filter.h"

namespace berth::swarm::placement {
namespace {

// The reserved resources in order: processors, memory, then the generic ones by name.
enum class Resource { kCpus, kMemory, kGeneric };

Resource resource_at(const Resources& reservation, std::size_t& i) {
  if (reservation.nano_cpus > 0 && i-- == 0) return Resource::kCpus;
  if (count(reservation.memory) > 0 && i-- == 0) return Resource::kMemory;
  return Resource::kGeneric;
}

const auto& generic_at(const Resources& reservation, std::size_t i) {
  return *std::next(reservation.generic.begin(), static_cast<std::ptrdiff_t>(i));
}

std::int64_t free_generic(const NodeRecord& node, const std::string& name) {
  const auto has = node.node.capacity.generic.find(name);
  if (has == node.node.capacity.generic.end()) return 0;
  const auto used = node.reserved_generic.find(name);
  return has->second - (used == node.reserved_generic.end() ? 0 : used->second);
}

class Reservation final : public Filter {
 public:
  std::string_view name() const override { return "resources"; }
  std::size_t count(const Request& request) const override {
    const Resources& reservation = request.reservation;
    return (reservation.nano_cpus > 0 ? 1U : 0U) + (berth::count(reservation.memory) > 0 ? 1U : 0U) +
           reservation.generic.size();
  }
  About about(const Request& request, std::size_t i) const override {
    return resource_at(request.reservation, i) == Resource::kGeneric ? About::kContainers : About::kRoom;
  }
  void describe(const Request& request, std::size_t i, std::string& out) const override {
    const Resources& reservation = request.reservation;
    switch (resource_at(reservation, i)) {
      case Resource::kCpus:
        out += format_number(static_cast<double>(reservation.nano_cpus) / 1e9) + " CPUs";
        return;
      case Resource::kMemory:
        out += format_number(static_cast<double>(berth::count(reservation.memory)) / (1 << 20)) + " MiB of memory";
        return;
      case Resource::kGeneric:
        out += std::to_string(generic_at(reservation, i).second) + " of '" + generic_at(reservation, i).first + "'";
        return;
    }
  }
  bool holds(ClusterState&, const Request& request, std::size_t i, const NodeRecord& node) const override {
    const Resources& reservation = request.reservation;
    switch (resource_at(reservation, i)) {
      case Resource::kCpus:
        return node.free_cpus() >= reservation.nano_cpus;
      case Resource::kMemory:
        return node.free_memory() >= berth::count(reservation.memory);
      case Resource::kGeneric:
        return free_generic(node, generic_at(reservation, i).first) >= generic_at(reservation, i).second;
    }
    return false;
  }
};

}  // namespace

const Filter& resources_filter() {
  static const Reservation filter;
  return filter;
}

}  // namespace berth::swarm::placement
