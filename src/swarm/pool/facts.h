// What placement has to know of what the engines tell.
#pragma once

#include <string_view>

#include "swarm/placement/facts.h"
#include "swarm/pool/container.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// `images`: the engine's GET /images/json. `overcommit` as placement::overcommitted() has it.
placement::Node facts_of(const Node& node, std::string_view images, double overcommit);

// Of a container that was not made through this manager: its reservation is what its label says, none without.
placement::Container facts_of(const Container& container, const placement::NodeId& node);

}  // namespace berth::swarm
