// One body for several engines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/channel.h"
#include "base/context.h"
#include "http/message.h"

namespace berth::swarm {

// Hands what one source gives to several readers, each on a thread of its own; the slowest of them sets the pace, so
// that no more than a few pieces are in memory at a time.
class Broadcast {
 public:
  // `size` as http::Body has it.
  Broadcast(std::size_t readers, std::optional<std::uint64_t> size);

  // For the reader's upload. When the source broke off, reading throws kUnavailable, so that no engine takes half an
  // archive for a whole one.
  http::Body body(std::size_t reader);
  // The reader takes no more.
  void leave(std::size_t reader);

  // Reads the source to its end, or until nobody reads any more. Throws what the source throws, kCancelled.
  void run(const Context& context, const http::Reader& source);

 private:
  using Piece = std::shared_ptr<const std::string>;  // null: the end
  const std::optional<std::uint64_t> size_;
  std::vector<std::unique_ptr<Channel<Piece>>> channels_;
};

}  // namespace berth::swarm
