// Which containers a list call asks for.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "swarm/api/call.h"

namespace berth::swarm {

// The containers that pass `filters`, which are those of the Engine API and classic Swarm's "node". What can be told
// from the list is told here; for the rest (ancestor, volume, network, ...) the engines are asked. Throws kInvalid for
// a filter that there is not, and what asking throws.
std::vector<ContainerPtr> filtered(const Call& call, std::vector<ContainerPtr> containers, const FilterMap& filters);

}  // namespace berth::swarm
