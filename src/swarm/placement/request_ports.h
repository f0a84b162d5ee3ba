// Host ports that a container to be created takes. For request.cc only: base/json.h is heavy.
#pragma once

#include <vector>

#include "base/json.h"
#include "swarm/placement/facts.h"

namespace berth::swarm::placement {

// From HostConfig.NetworkMode and PortBindings and from ExposedPorts, which are the node's own ports where the mode is
// "host". Ports that the engine picks ("" and "0") are none. Throws kInvalid naming a port that is none.
std::vector<HostPort> read_ports(const json::value& network_mode, const json::value& bindings,
                                 const json::value& exposed);

}  // namespace berth::swarm::placement
