// Small value types that several parts of a compose application share.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace berth::compose {

using TextMap = std::map<std::string, std::string, std::less<>>;
using OptionalTextMap = std::map<std::string, std::optional<std::string>, std::less<>>;

struct Ulimit {
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

}  // namespace berth::compose
