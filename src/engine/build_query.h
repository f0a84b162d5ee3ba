// Options as the query of a call.
#pragma once

#include <string>
#include <string_view>

#include "engine/images.h"
#include "http/url.h"

namespace berth::engine {

// Of POST /build. Throws kUnsupported for what the version can't do.
http::Query build_query(const BuildOptions& options, ApiVersion version);

// "linux/arm64/v8" as the JSON that some calls of API 1.46 and later want.
std::string platform_json(std::string_view platform);

}  // namespace berth::engine
