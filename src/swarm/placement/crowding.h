// How many replicas of a request's group there are where its preferences want few.
#pragma once

#include <cstdint>
#include <vector>

#include "swarm/placement/request.h"
#include "swarm/placement/state.h"

namespace berth::swarm::placement {

// Counts along the branches of the preferences, widest first: fewer is better, before all that the strategy says.
class Crowding {
 public:
  using Sums = std::vector<std::vector<std::uint32_t>>;  // by level and prefix

  // `sums` is room to work in, which has to last as long as this.
  Crowding(ClusterState& state, const Request& request, Sums& sums);

  // Null: there are no preferences.
  const Topology* topology() const { return topology_; }
  std::uint32_t branch_of(Slot slot) const { return topology_ == nullptr ? 0 : topology_->branch_of(slot); }

  // Whether branch `a` is less crowded than `b` (below 0), equally so, or more.
  int compare(std::uint32_t a, std::uint32_t b) const;

  // The counts of a node's branch, level by level; empty when there are no preferences or no replicas.
  std::vector<std::uint32_t> counts_at(Slot slot) const;

 private:
  const Topology* topology_;
  Sums& sums_;
  bool counts_ = false;  // there are replicas
};

}  // namespace berth::swarm::placement
