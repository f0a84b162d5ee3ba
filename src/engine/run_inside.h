// A program run in a container to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/client.h"

namespace berth::engine {

struct InsideResult {
  std::int64_t exit_code = 0;
  std::string output;  // both streams, the last 64 KiB, without white space around it
};

// Runs `program` (what it is attached to is set here) and waits for its end. `told` is called with each line of its
// output as it comes, without the line's end. Throws as the client: kNotFound and kConflict when the container is gone
// or does not run, kUnavailable, kCancelled (the program goes on then), kTimeout.
InsideResult run_inside(const Context& context, Client& client, const ContainerId& container, ExecCreate program,
                        const std::function<void(std::string_view line)>& told = {});

}  // namespace berth::engine
