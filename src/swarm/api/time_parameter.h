// Times as clients give them in queries and filters.
#pragma once

#include <optional>
#include <string>

#include "engine/types.h"

namespace berth::swarm {

// "1700000000", "1700000000.123456789", RFC 3339, or "10m": that long before `now`. Nothing for empty text. Throws
// kInvalid.
std::optional<engine::Time> time_parameter(const std::string& text, engine::Time now);

}  // namespace berth::swarm
