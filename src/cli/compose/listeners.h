// Who listens on a port of the engine's host, where that is this computer.
#pragma once

#include <cstdint>
#include <string>

namespace berth::cli {

// "nginx (process 123)"; "a process of the host" when it can't be told which; empty when nobody listens, or the engine
// is not on this computer. `engine_host` is the engine's endpoint: of a unix socket, the network of who listens there
// is looked at, as engines may be in a network namespace of their own.
std::string listener_on(const std::string& engine_host, std::uint16_t port, const std::string& protocol);

}  // namespace berth::cli
