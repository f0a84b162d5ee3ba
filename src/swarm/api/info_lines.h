// What `docker info` shows of the pool.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "swarm/pool/pool.h"

namespace berth::swarm {

// Role, strategy, filters and each node with its state, containers and reservations, in classic Swarm's words and
// order, which scripts read: names with their leading blanks and " └ ", values.
std::vector<std::pair<std::string, std::string>> info_lines(const Pool& pool);

}  // namespace berth::swarm
