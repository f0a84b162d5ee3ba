// Folders of what was fetched, named by its digest: what is there is whole, and never changes.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/environment.h"
#include "base/files.h"

namespace berth::remote {

// $XDG_CACHE_HOME/berth/compose, else ~/.cache/berth/compose.
Path cache_folder(const Environment& environment);

// What was not used for so long goes when something new comes.
inline constexpr std::chrono::hours kKeptUnused{30 * 24};

// The folder `name` of the cache; where it is missing `fill` is given an empty one, which takes that name once it is
// whole. Throws what `fill` throws, kForbidden, kInternal.
Path cached(const Path& cache, const std::string& name, const std::function<void(const Path& folder)>& fill);

}  // namespace berth::remote
