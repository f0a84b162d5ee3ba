// Docker's config.json, which its programs share.
#pragma once

#include "base/environment.h"
#include "base/json.h"

namespace berth::engine {

// $DOCKER_CONFIG/config.json as it is; null where there is none. Throws kInvalid, with the file's name, for what is no
// JSON; kForbidden.
json::value docker_config(const Environment& environment);

}  // namespace berth::engine
