// The Docker API's stream format of container output.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/streams.h"
#include "http/message.h"

namespace berth::engine {

// Takes a body apart into its frames: one byte for the stream (0 in, 1 out, 2 err, 3 an error of the engine's), three
// zero bytes, the length as four bytes big-endian, then the data. Raw bodies (a terminal's) have no frames.
// Memory doesn't grow with a frame's size: a frame that is larger than what came at once is handed on in pieces.
// Source: Docker Engine API, ContainerAttach, "Stream format". One thread at a time.
class Demultiplexer {
 public:
  Demultiplexer(http::Reader reader, bool raw);

  // The next piece, never empty; nothing at the body's end. Throws what the reader throws, kUnavailable when the body
  // ends within a frame, kInternal for a malformed frame and for an error frame, with its text.
  std::optional<LogChunk> next(const Context& context);

 private:
  std::size_t held() const { return end_ - begin_; }
  // Reads more; false at the end.
  bool fill(const Context& context);
  bool read_header(const Context& context);
  [[noreturn]] void throw_engine_error(const Context& context);

  http::Reader reader_;
  const bool raw_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint32_t left_ = 0;   // of the current frame
  std::uint64_t total_ = 0;  // bytes read
  std::size_t last_ = 0;     // by the last read
  LogSource source_ = LogSource::kOut;
};

}  // namespace berth::engine
