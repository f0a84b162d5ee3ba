// Why no node will do.
#pragma once

#include "swarm/placement/filter.h"
#include "swarm/placement/scheduler.h"

namespace berth::swarm::placement {

// Asks every node about every condition: O(nodes * conditions). The soft ones are left out.
Refusal refuse(ClusterState& state, const Request& request, const Conditions& conditions);

}  // namespace berth::swarm::placement
