// Commands to a running fleet, a line each, through a unix socket; each is answered by a line.
#pragma once

#include <string>

#include "base/context.h"
#include "base/files.h"
#include "fleet.h"

namespace berth::fleet {

// Serves until cancelled, one client at a time. Answers are Fleet::command's, or "error: ..." Throws kConflict when
// someone listens there.
void serve_control(const Context& context, Fleet& fleet, const Path& path);

// Sends one line and returns the answer. Throws kUnavailable, kInvalid with what the fleet had against it.
std::string tell(const Context& context, const Path& path, const std::string& line);

}  // namespace berth::fleet
