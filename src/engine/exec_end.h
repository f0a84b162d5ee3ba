// How a program started in a container ended.
#pragma once

#include <cstdint>

#include "engine/client.h"

namespace berth::engine {

// Exit code of an exec whose stream has ended. A program may close its output before it ends, so its end is waited for,
// but for a moment only: a stream also ends when the way to the engine is cut, and nothing tells the two apart. Throws
// kUnavailable when the program goes on; else as the client.
std::int64_t exec_exit_code(const Context& context, Client& client, const ExecId& exec);

}  // namespace berth::engine
