#include "swarm/api/broadcast.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

http::Reader source_of(std::string text) {
  return [text = std::move(text), at = std::size_t{0}](const Context&, std::span<char> buffer) mutable {
    const std::size_t size = std::min(buffer.size(), text.size() - at);
    std::copy_n(text.data() + at, size, buffer.data());
    at += size;
    return size;
  };
}

TEST(Broadcast, GivesEveryReaderTheWholeSource) {
  const std::string text(3'000'000, 'x');
  Broadcast broadcast(3, std::nullopt);
  std::string read[3];
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < 3; ++i) {
      readers.emplace_back([&, i] { read[i] = http::read_all({}, broadcast.body(i).reader(), std::size_t{1} << 30); });
    }
    broadcast.run({}, source_of(text));
  }
  for (const std::string& one : read) EXPECT_EQ(one, text);
}

TEST(Broadcast, GoesOnWithoutAReaderThatLeft) {
  const std::string text(5'000'000, 'y');
  Broadcast broadcast(2, std::nullopt);
  broadcast.leave(0);
  std::string read;
  const std::jthread reader([&] { read = http::read_all({}, broadcast.body(1).reader(), std::size_t{1} << 30); });
  broadcast.run({}, source_of(text));
  const_cast<std::jthread&>(reader).join();
  EXPECT_EQ(read, text);
}

TEST(Broadcast, EndsWhenNobodyReads) {
  Broadcast broadcast(1, std::nullopt);
  broadcast.leave(0);
  broadcast.run({}, [](const Context&, std::span<char> buffer) { return buffer.size(); });
}

TEST(Broadcast, ASourceThatBreaksOffIsNoEnd) {
  Broadcast broadcast(1, std::nullopt);
  EXPECT_THROW(broadcast.run(
                   {}, [](const Context&, std::span<char>) -> std::size_t { throw Error(Kind::kUnavailable, "gone"); }),
               Error);
  char buffer[10];
  EXPECT_THROW(broadcast.body(0).reader()({}, buffer), Error);
}

}  // namespace
}  // namespace berth::swarm
