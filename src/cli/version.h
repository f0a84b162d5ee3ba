// The version of this build.
#pragma once

#include <string_view>

namespace berth::cli {

// Such as "0.1.0".
std::string_view version();

}  // namespace berth::cli
