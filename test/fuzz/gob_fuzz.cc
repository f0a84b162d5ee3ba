// Any bytes may come from a driver plugin: a value, the end, or an Error.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "gob/decoder.h"

using namespace berth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  gob::Decoder decoder([&](std::span<char> buffer) {
    // In small parts, as a connection may bring them.
    const std::size_t part = std::min({buffer.size(), size - at, std::size_t{7}});
    if (part != 0) std::memcpy(buffer.data(), data + at, part);
    at += part;
    return part;
  });
  try {
    while (decoder.next()) {
    }
  } catch (const Error&) {
  }
  return 0;
}
