#include "net/listener.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "net/address.h"
#include "net/silence.h"
#include "net/socket_stream.h"

namespace berth::net {

namespace {

using namespace std::chrono_literals;

Fd make_socket(int family) {
  Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw system_error(errno, "making a socket");
  return socket;
}

// A client whose host has gone without a word would hold its connection, and a thread, for ever.
constexpr SilenceLimits kPatience{.idle = 60s, .between = 15s};

Address own_address(int socket) {
  Address address;
  address.size = sizeof address.storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return address;
}

std::uint16_t port_of(const Address& address) {
  // Both families have their port at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

// Makes room for a socket of ours at `path`.
void remove_dead_socket(const Path& path, const Address& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) {
    throw Error(Kind::kConflict, "'" + path.native() + "' exists and is no socket; choose another path");
  }
  const Fd probe = make_socket(AF_UNIX);
  if (::connect(probe.get(), address.get(), address.size) == 0 || errno != ECONNREFUSED) {
    throw Error(Kind::kConflict, "another program listens on 'unix://" + path.native() + "'; stop it first");
  }
  ::unlink(path.c_str());
}

}  // namespace

Listener Listener::tcp(const std::string& host, std::uint16_t port) {
  const Address address = resolve({}, host, port).front();
  Fd socket = make_socket(address.family());
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), address.get(), address.size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    throw system_error(errno, "listening on '" + tcp_url(host, port) + "'");
  }
  const Address bound = own_address(socket.get());
  return Listener(std::move(socket), tcp_url(bound), port_of(bound), {});
}

Listener Listener::unix_socket(const Path& path, mode_t mode) {
  const std::string url = "unix://" + path.native();
  const Address address = unix_address(path);
  remove_dead_socket(path, address);
  Fd socket = make_socket(AF_UNIX);
  // The mode of an unbound socket becomes the file's (Linux), so that it is never open to others; chmod then adds what
  // the umask took away.
  if (::fchmod(socket.get(), mode) != 0 || ::bind(socket.get(), address.get(), address.size) != 0 ||
      ::chmod(path.c_str(), mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    throw system_error(errno, "listening on '" + url + "'");
  }
  return Listener(std::move(socket), url, 0, path);
}

Listener::Listener(Fd fd, std::string address, std::uint16_t port, Path path)
    : fd_(std::move(fd)), address_(std::move(address)), port_(port), path_(std::move(path)) {}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)),
      address_(std::move(other.address_)),
      port_(other.port_),
      path_(std::exchange(other.path_, {})) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(address_, other.address_);
  std::swap(port_, other.port_);
  std::swap(path_, other.path_);
  return *this;
}

Listener::~Listener() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::unique_ptr<Stream> Listener::accept(const Context& context) {
  for (;;) {
    context.wait(fd_.get(), POLLIN);
    Address peer;
    peer.size = sizeof peer.storage;
    Fd socket(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size, SOCK_CLOEXEC));
    if (socket) {
      const int on = 1;
      if (peer.family() != AF_UNIX) {
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        limit_silence(socket.get(), kPatience);
      }
      return socket_stream(std::move(socket), peer.family() == AF_UNIX ? address_ : tcp_url(peer));
    }
    switch (errno) {
      case EAGAIN:  // another thread took it
      case EINTR:
      case ECONNABORTED:  // it went while in the queue
      case EPROTO:
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:  // out of descriptors or memory: it may pass when other connections end
        context.sleep_for(std::chrono::milliseconds(50));
        break;
      default:
        throw system_error(errno, "accepting a connection on '" + address_ + "'");
    }
  }
}

}  // namespace berth::net
