#include "net/socket_stream.h"

#include <cerrno>

#include <sys/socket.h>

#include "base/error.h"

namespace berth::net {

namespace {

class SocketStream final : public Stream {
 public:
  SocketStream(Fd socket, std::string peer) : socket_(std::move(socket)), peer_(std::move(peer)) {
    set_nonblocking(socket_.get(), true);
  }

  std::optional<std::size_t> try_read(std::span<char> buffer) override {
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) throw system_error(errno, "reading from '" + peer_ + "'");
    }
  }

  std::size_t try_write(std::string_view bytes) override {
    for (;;) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
      if (errno != EINTR) throw system_error(errno, "writing to '" + peer_ + "'");
    }
  }

  void shutdown_write(const Context&) override {
    // A connection that is gone already needs no half-close.
    ::shutdown(socket_.get(), SHUT_WR);
  }

  void close() noexcept override { socket_.reset(); }
  int read_fd() const override { return socket_.get(); }
  int write_fd() const override { return socket_.get(); }
  std::string peer() const override { return peer_; }

  PeerIdentity identity() const override {
    ucred process{};
    socklen_t size = sizeof process;
    const bool known =
        peer_.starts_with("unix://") && ::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &process, &size) == 0;
    return {{}, known ? std::optional(process.uid) : std::nullopt};
  }

 private:
  Fd socket_;
  std::string peer_;
};

}  // namespace

std::unique_ptr<Stream> socket_stream(Fd socket, std::string peer) {
  return std::make_unique<SocketStream>(std::move(socket), std::move(peer));
}

}  // namespace berth::net
