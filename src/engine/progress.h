// Progress messages of pull, push, load and build.
#pragma once

#include <deque>
#include <string_view>

#include "engine/images.h"

namespace berth::engine {

// Adds what one JSON message says to `out`; BuildKit's say several things at once. Throws the operation's error where
// the message is one (Kind by its code, kInternal without), kInvalid when it isn't JSON.
void decode_progress(std::string_view text, std::deque<Progress>& out);

}  // namespace berth::engine
