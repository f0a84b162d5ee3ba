#include "engine/demultiplexer.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {

namespace {

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kBufferSize = std::size_t{64} << 10;
constexpr std::uint8_t kEngineError = 3;

// An engine sends every line by itself, and to wake up for each costs both sides more than the line. So once a stream
// has shown that it has much to say, what little came is given a moment to become more.
constexpr std::size_t kMuch = std::size_t{128} << 10;
constexpr std::size_t kLittle = kBufferSize / 4;
constexpr auto kMoment = std::chrono::milliseconds(4);

}  // namespace

Demultiplexer::Demultiplexer(http::Reader reader, bool raw)
    : reader_(std::move(reader)), raw_(raw), buffer_(kBufferSize) {}

std::optional<LogChunk> Demultiplexer::next(const Context& context) {
  if (raw_) {
    begin_ = end_ = 0;
    if (!fill(context)) return std::nullopt;
    return LogChunk{LogSource::kOut, {buffer_.data(), end_}};
  }
  while (left_ == 0) {
    if (!read_header(context)) return std::nullopt;
  }
  if (held() == 0 && !fill(context)) throw Error(Kind::kUnavailable, "the engine broke off within a frame of output");
  const std::size_t size = std::min<std::size_t>(left_, held());
  const LogChunk chunk{source_, {buffer_.data() + begin_, size}};
  begin_ += size;
  left_ -= static_cast<std::uint32_t>(size);
  return chunk;
}

bool Demultiplexer::fill(const Context& context) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held());
    end_ -= begin_;
    begin_ = 0;
  }
  if (total_ > kMuch && last_ < kLittle) context.sleep_for(kMoment);
  last_ = reader_(context, std::span(buffer_).subspan(end_));
  total_ += last_;
  end_ += last_;
  return last_ > 0;
}

bool Demultiplexer::read_header(const Context& context) {
  while (held() < kHeaderSize) {
    if (fill(context)) continue;
    if (held() == 0) return false;
    throw Error(Kind::kUnavailable, "the engine broke off within a frame of output");
  }
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(buffer_[begin_ + i]); };
  if (byte(0) > kEngineError || byte(1) != 0 || byte(2) != 0 || byte(3) != 0) {
    throw Error(Kind::kInternal, "the engine sent a malformed frame of output");
  }
  left_ = static_cast<std::uint32_t>(byte(4)) << 24 | static_cast<std::uint32_t>(byte(5)) << 16 |
          static_cast<std::uint32_t>(byte(6)) << 8 | byte(7);
  const std::uint8_t stream = byte(0);
  begin_ += kHeaderSize;
  if (stream == kEngineError) throw_engine_error(context);
  source_ = static_cast<LogSource>(stream);
  return true;
}

void Demultiplexer::throw_engine_error(const Context& context) {
  constexpr std::size_t kLimit = 4096;
  const std::size_t wanted = std::min<std::size_t>(left_, kLimit);
  while (held() < wanted && fill(context)) {
  }
  throw Error(Kind::kInternal, std::string(trim({buffer_.data() + begin_, std::min(wanted, held())})));
}

}  // namespace berth::engine
