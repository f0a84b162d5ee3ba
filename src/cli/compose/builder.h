// Which builder makes the images of compose.
#pragma once

#include <optional>
#include <vector>

#include "base/environment.h"
#include "base/files.h"

namespace berth::cli {

// Where docker's CLI looks for its plugins, in its order: cliPluginsExtraDirs of config.json, the user's own, the
// system's. Throws what docker_config() does.
std::vector<Path> plugin_folders(const Environment& environment);

// Whether DOCKER_BUILDKIT leaves builds to BuildKit, as it does unless it is 0.
bool wants_buildkit(const Environment& environment);

// Docker's buildx plugin, where the docker CLI would find it or on PATH. Nothing where there is none, or
// DOCKER_BUILDKIT=0 asks for the engine's classic builder.
std::optional<Path> find_buildx(const Environment& environment);

}  // namespace berth::cli
