// Statistics as the engine sends them.
#pragma once

#include <string_view>

#include "engine/containers.h"

namespace berth::engine {

// Of either cgroup generation. Throws kInvalid when the text isn't JSON.
Stats decode_stats(std::string_view text);

}  // namespace berth::engine
