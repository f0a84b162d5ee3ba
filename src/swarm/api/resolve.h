// Finding whom a request is about.
#pragma once

#include <string>
#include <string_view>

#include "swarm/api/call.h"

namespace berth::swarm {

// A container and the node it is on.
struct Found {
  ContainerPtr container;
  NodePtr node;
};

// By id, its beginning, name, or "node/name", in the caller's scope: for him there is nothing else. Waits for what is
// known to have changed when it isn't there at first. Throws kNotFound and kInvalid (ambiguous) in the engine's own
// words.
Found container_of(const Call& call, std::string_view name);

// A path segment of it: names may hold what must be encoded.
std::string container_path(const ContainerPtr& container, std::string_view rest);

}  // namespace berth::swarm
