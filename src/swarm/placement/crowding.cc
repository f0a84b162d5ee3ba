#include "swarm/placement/crowding.h"

namespace berth::swarm::placement {

Crowding::Crowding(ClusterState& state, const Request& request, Sums& sums)
    : topology_(request.preferences.empty() ? nullptr : &state.topology(request.preferences)), sums_(sums) {
  Group* group = topology_ == nullptr ? nullptr : state.group(request.group);
  if (group == nullptr) return;
  counts_ = true;
  const std::vector<std::uint32_t>& counts = state.counts(*group, *topology_);
  sums_.resize(topology_->levels());
  for (std::size_t level = 0; level < sums_.size(); ++level) sums_[level].assign(topology_->prefixes(level), 0);
  for (std::uint32_t branch = 0; branch < counts.size(); ++branch) {
    if (counts[branch] == 0) continue;
    const std::vector<std::uint32_t>& path = topology_->path(branch);
    for (std::size_t level = 0; level < sums_.size(); ++level) sums_[level][path[level]] += counts[branch];
  }
}

int Crowding::compare(std::uint32_t a, std::uint32_t b) const {
  if (!counts_) return 0;
  const std::vector<std::uint32_t>& path_a = topology_->path(a);
  const std::vector<std::uint32_t>& path_b = topology_->path(b);
  for (std::size_t level = 0; level < sums_.size(); ++level) {
    const std::uint32_t count_a = sums_[level][path_a[level]];
    const std::uint32_t count_b = sums_[level][path_b[level]];
    if (count_a != count_b) return count_a < count_b ? -1 : 1;
  }
  return 0;
}

std::vector<std::uint32_t> Crowding::counts_at(Slot slot) const {
  std::vector<std::uint32_t> counts;
  if (!counts_) return counts;
  const std::vector<std::uint32_t>& path = topology_->path(branch_of(slot));
  for (std::size_t level = 0; level < sums_.size(); ++level) counts.push_back(sums_[level][path[level]]);
  return counts;
}

}  // namespace berth::swarm::placement
