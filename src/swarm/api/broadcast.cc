#include "swarm/api/broadcast.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::size_t kAhead = 8;  // pieces that a reader may be behind

}  // namespace

Broadcast::Broadcast(std::size_t readers, std::optional<std::uint64_t> size) : size_(size) {
  for (std::size_t i = 0; i < readers; ++i) channels_.push_back(std::make_unique<Channel<Piece>>(kAhead));
}

http::Body Broadcast::body(std::size_t reader) {
  struct Rest {
    Piece piece;
    std::size_t used = 0;
    bool ended = false;
  };
  const auto rest = std::make_shared<Rest>();
  Channel<Piece>& channel = *channels_[reader];
  return http::Body::streamed(
      [rest, &channel](const Context& context, std::span<char> buffer) -> std::size_t {
        while (!rest->ended && (!rest->piece || rest->used == rest->piece->size())) {
          const auto next = channel.receive(context);
          if (!next) throw Error(Kind::kUnavailable, "the client's body broke off");
          rest->piece = *next;
          rest->used = 0;
          rest->ended = rest->piece == nullptr;
        }
        if (rest->ended) return 0;
        const std::size_t size = std::min(buffer.size(), rest->piece->size() - rest->used);
        std::copy_n(rest->piece->data() + rest->used, size, buffer.data());
        rest->used += size;
        return size;
      },
      size_);
}

void Broadcast::leave(std::size_t reader) { channels_[reader]->close(); }

void Broadcast::run(const Context& context, const http::Reader& source) {
  const auto send_all = [&](const Piece& piece) {
    bool any = false;
    for (const auto& channel : channels_) any = channel->send(context, piece) || any;
    return any;
  };
  try {
    for (;;) {
      std::string piece(kPiece, '\0');
      piece.resize(source(context, piece));
      const bool ended = piece.empty();
      if (!send_all(ended ? nullptr : std::make_shared<const std::string>(std::move(piece))) || ended) return;
    }
  } catch (...) {
    for (const auto& channel : channels_) channel->close();
    throw;
  }
}

}  // namespace berth::swarm
