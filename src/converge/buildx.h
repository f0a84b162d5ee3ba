// Running docker's buildx plugin.
#pragma once

#include <functional>
#include <string_view>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "converge/buildx_command.h"

namespace berth::converge {

// The plugin, and what it is run with: it finds the engine as docker does.
struct Buildx {
  Path program;
  Environment environment;
};

// Runs it. `say` gets its output line by line, on this thread. Throws kInternal with its last words when it fails, as
// spawn() where it can't be started, kCancelled, kTimeout.
void run_buildx(const Context& context, const Buildx& buildx, const BuildxCommand& command,
                const std::function<void(std::string_view line)>& say);

}  // namespace berth::converge
