// A node for what is no container: a build, a volume.
#pragma once

#include <string>
#include <vector>

#include "swarm/api/call.h"

namespace berth::swarm {

// The one that a container with this environment ("constraint:storage==ssd") would be placed on; nothing is held there.
// Throws kInvalid for a malformed expression, kInternal with placement's refusal when no node will do.
NodePtr scheduled_node(const Call& call, const std::vector<std::string>& environment);

}  // namespace berth::swarm
