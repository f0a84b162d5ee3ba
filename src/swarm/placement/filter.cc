#include "swarm/placement/filter.h"

#include <array>

namespace berth::swarm::placement {
namespace {

const Filter& filter(FilterId id) {
  // By FilterId.
  static const std::array<const Filter*, 12> kFilters = {
      &health_filter(),       &port_filter(),       &container_slots_filter(), &dependency_filter(),
      &affinity_filter(),     &constraint_filter(), &whitelist_filter(),       &platform_filter(),
      &max_replicas_filter(), &network_filter(),    &volume_filter(),          &image_locality_filter()};
  return *kFilters[static_cast<std::size_t>(id)];
}

void collect(const Filter& filter, const Request& request, Conditions& out) {
  const std::size_t count = filter.count(request);
  for (std::size_t i = 0; i < count; ++i) out.push_back({&filter, i});
}

}  // namespace

void collect_conditions(const Request& request, FilterSet filters, Conditions& out) {
  out.clear();
  collect(availability_filter(), request, out);
  for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(FilterId::kImageLocality); ++id) {
    if (filters.has(FilterId(id))) collect(filter(FilterId(id)), request, out);
  }
  collect(resources_filter(), request, out);
}

}  // namespace berth::swarm::placement
