// The Docker API's frames of container output: no input crashes, and no more comes out than went in.
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "engine/demultiplexer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t sent = 0;
  std::size_t came = 0;
  berth::engine::Demultiplexer demultiplexer(
      [&](const berth::Context&, std::span<char> buffer) {
        // In pieces whose size the input chooses.
        const std::size_t piece = sent < size ? 1 + data[sent] % 16 : 0;
        const std::size_t count = std::min({piece, buffer.size(), size - sent});
        std::copy_n(data + sent, count, buffer.begin());
        sent += count;
        return count;
      },
      false);
  try {
    while (const auto chunk = demultiplexer.next({})) came += chunk->data.size();
  } catch (const berth::Error&) {  // malformed
  }
  if (came > size) std::abort();
  return 0;
}
