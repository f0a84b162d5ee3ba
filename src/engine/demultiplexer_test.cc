#include "engine/demultiplexer.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::engine {
namespace {

std::string frame(char stream, std::string_view data) {
  std::string out{stream, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(data.size() >> shift & 0xff);
  return out.append(data);
}

// The text of each stream, read in pieces of `piece` bytes.
std::string demultiplex(const std::string& bytes, std::size_t piece, bool raw = false) {
  std::size_t sent = 0;
  Demultiplexer demultiplexer(
      [&](const Context&, std::span<char> buffer) {
        const std::size_t size = std::min({piece, buffer.size(), bytes.size() - sent});
        bytes.copy(buffer.data(), size, sent);
        sent += size;
        return size;
      },
      raw);
  std::string text;
  std::optional<LogSource> last;
  while (const auto chunk = demultiplexer.next({})) {
    if (chunk->source != last) text += chunk->source == LogSource::kErr ? "[err]" : "[out]";
    last = chunk->source;
    text += chunk->data;
  }
  return text;
}

Kind kind_of(const std::string& bytes) {
  try {
    demultiplex(bytes, 4096);
  } catch (const Error& e) {
    return e.kind();
  }
  return Kind::kCancelled;
}

TEST(Demultiplexer, LetsManySmallPiecesGatherOnceAStreamHasMuchToSay) {
  const std::string line = frame(1, std::string(1000, 'x'));
  int waits = 0;
  Context::Clock::time_point last = Context::Clock::now();
  std::size_t left = 1000;
  Demultiplexer demultiplexer(
      [&](const Context&, std::span<char> buffer) -> std::size_t {
        if (Context::Clock::now() - last >= std::chrono::milliseconds(3)) ++waits;
        last = Context::Clock::now();
        // 300 lines one by one, then as many as there is room for.
        const std::size_t lines = left > 700 ? 1 : std::min(left, buffer.size() / line.size());
        for (std::size_t i = 0; i < lines; ++i) line.copy(buffer.data() + i * line.size(), line.size());
        left -= lines;
        return lines * line.size();
      },
      false);
  std::size_t size = 0;
  while (const auto chunk = demultiplexer.next({})) size += chunk->data.size();
  EXPECT_EQ(size, 1'000'000U);
  EXPECT_GE(waits, 100);  // after the first 128 KiB, for each of the lines that came alone
}

TEST(Demultiplexer, TakesStreamsApartHoweverTheBytesCome) {
  const std::string bytes = frame(1, "one\n") + frame(2, "two\n") + frame(1, "") + frame(1, "three\n");
  for (const std::size_t piece : {1U, 2U, 7U, 9U, 4096U}) {
    EXPECT_EQ(demultiplex(bytes, piece), "[out]one\n[err]two\n[out]three\n") << piece;
  }
  EXPECT_EQ(demultiplex("", 1), "");
}

TEST(Demultiplexer, AFrameLargerThanItsBufferComesInPieces) {
  const std::string large(300'000, 'x');
  EXPECT_EQ(demultiplex(frame(1, large) + frame(1, "y"), 100'000), "[out]" + large + "y");
}

TEST(Demultiplexer, RawOutputIsHandedOnAsItIs) {
  EXPECT_EQ(demultiplex(std::string("\x01\0\0\0 text", 9), 3, true), "[out]" + std::string("\x01\0\0\0 text", 9));
}

TEST(Demultiplexer, AnEndWithinAFrameIsABreak) {
  const std::string whole = frame(1, "text");
  for (std::size_t size = 1; size < whole.size(); ++size) EXPECT_EQ(kind_of(whole.substr(0, size)), Kind::kUnavailable);
}

TEST(Demultiplexer, GarbageIsAnError) {
  EXPECT_EQ(kind_of("HTTP/1.1 500 oops"), Kind::kInternal);
  EXPECT_EQ(kind_of(frame(9, "x")), Kind::kInternal);
}

TEST(Demultiplexer, TheEnginesOwnErrorIsThrownInItsWords) {
  try {
    demultiplex(frame(1, "a") + frame(3, "log file is gone\n"), 4096);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), "log file is gone");
  }
}

}  // namespace
}  // namespace berth::engine
