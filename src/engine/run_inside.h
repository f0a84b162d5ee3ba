// A program run to its end: in a container that runs, or as a container.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/client.h"

namespace berth::engine {

struct RunResult {
  std::int64_t exit_code = 0;
  std::string output;  // both streams, the last 64 KiB, without white space around it
};

// Called with each line of the output as it comes, without the line's end; may be empty.
using LineSink = std::function<void(std::string_view line)>;

// Runs `program` (what it is attached to is set here) in a container and waits for its end. Throws as the client:
// kNotFound and kConflict when the container is gone or does not run, kUnavailable, kCancelled (the program goes on
// then), kTimeout.
RunResult run_inside(const Context& context, Client& client, const ContainerId& container, ExecCreate program,
                     const LineSink& told = {});

// Starts a container, which has no terminal, and waits for its end. Throws as above; at kCancelled and kTimeout the
// container goes on.
RunResult run_container(const Context& context, Client& client, const ContainerId& container,
                        const LineSink& told = {});

}  // namespace berth::engine
