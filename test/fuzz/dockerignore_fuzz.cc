// .dockerignore: the last line is a path, those before it are patterns.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "engine/ignore_patterns.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos) return 0;
  try {
    const berth::engine::IgnorePatterns patterns(text.substr(0, last));
    const std::string_view path = text.substr(last + 1);
    patterns.ignores(path);
    patterns.may_include_below(path);
  } catch (const berth::Error&) {  // malformed
  }
  return 0;
}
