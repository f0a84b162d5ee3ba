// What `docker info` shows of the pool.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "swarm/pool/pool.h"

namespace berth::swarm {

// Role, strategy, filters and each node with its state, containers and reservations, in classic Swarm's words and
// order, which scripts read: names with their leading blanks and " └ ", values.
// `primary` is the address of the manager that leads, where that is another one.
std::vector<std::pair<std::string, std::string>> info_lines(const Pool& pool,
                                                            const std::optional<std::string>& primary = std::nullopt);

}  // namespace berth::swarm
