#include "net/dial.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "net/address.h"
#include "net/silence.h"
#include "net/socket_stream.h"

namespace berth::net {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kAttemptDelay{250};  // RFC 8305 section 5
constexpr std::size_t kMaxAttempts = 6;                  // under way at a time

int pending_error(int socket) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &size);
  return value;
}

// Connects to several addresses at a time, begun one after the other.
class Race {
 public:
  Race(const Context& context, std::vector<Address> addresses) : context_(context), addresses_(std::move(addresses)) {}

  // The first socket that connects; nothing when none does (see failure()).
  std::optional<Fd> run() {
    while (next_ < addresses_.size() || !attempts_.empty()) {
      if (next_ < addresses_.size() && attempts_.size() < kMaxAttempts) {
        if (auto connected = begin(addresses_[next_++])) return connected;
      }
      if (attempts_.empty()) continue;
      if (auto connected = wait()) return connected;
    }
    return std::nullopt;
  }

  int failure() const { return failure_; }

 private:
  std::optional<Fd> begin(const Address& address) {
    Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket && ::connect(socket.get(), address.get(), address.size) == 0) return socket;
    if (socket && errno == EINPROGRESS) {
      attempts_.push_back(std::move(socket));
    } else {
      failure_ = errno;
    }
    return std::nullopt;
  }

  // Until an attempt ends or it is time for the next one.
  std::optional<Fd> wait() {
    std::vector<pollfd> fds;
    for (const Fd& attempt : attempts_) fds.push_back({attempt.get(), POLLOUT, 0});
    if (next_ < addresses_.size() && attempts_.size() < kMaxAttempts) {
      if (!context_.wait_any_for(fds, kAttemptDelay)) return std::nullopt;
    } else {
      context_.wait_any(fds);
    }
    for (std::size_t i = fds.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      const int error = pending_error(attempts_[i].get());
      if (error == 0) return std::move(attempts_[i]);
      failure_ = error;
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return std::nullopt;
  }

  const Context& context_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::vector<Fd> attempts_;
  int failure_ = ECONNREFUSED;
};

// A call to a host that is gone without a word ends in a quarter of a minute, instead of hours or never.
constexpr SilenceLimits kPatience{.idle = 5s, .between = 5s, .probes = 3, .unacknowledged = 15s};

Error not_reached(Kind kind, const std::string& why) {
  return {kind == Kind::kForbidden ? kind : Kind::kUnavailable,
          why + "; check that it runs and that the address is right"};
}

Fd connect(const Context& context, const std::string& host, std::uint16_t port, std::chrono::milliseconds limit) {
  const Context limited = context.with_timeout(limit);
  try {
    Race race(limited, resolve(limited, host, port));
    if (std::optional<Fd> socket = race.run()) return std::move(*socket);
    const Error error = system_error(race.failure(), "");
    throw not_reached(error.kind(), error.message().substr(2));  // without ": "
  } catch (const Error& e) {
    context.check();
    if (e.kind() != Kind::kTimeout) throw;
    throw not_reached(e.kind(), "no answer for " + std::to_string(limit.count() / 1000) + " seconds");
  }
}

}  // namespace

std::unique_ptr<Stream> dial_tcp(const Context& context, const std::string& host, std::uint16_t port,
                                 std::chrono::milliseconds limit) {
  const std::string url = tcp_url(host, port);
  const std::string doing = "connecting to '" + url + "'";
  return within(doing, [&] {
    Fd socket = connect(context, host, port, limit);
    // Requests are small and each waits for its answer: Nagle's algorithm would only hold them back.
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    limit_silence(socket.get(), kPatience);
    return socket_stream(std::move(socket), url);
  });
}

std::unique_ptr<Stream> dial_unix(const Context& context, const Path& path) {
  const std::string url = "unix://" + path.native();
  const Address address = unix_address(path);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw system_error(errno, "making a socket");
  // EAGAIN: the listener's queue is full. Nothing tells when it is not, so ask again.
  while (::connect(socket.get(), address.get(), address.size) != 0) {
    switch (errno) {
      case EAGAIN:
        context.sleep_for(std::chrono::milliseconds(5));
        continue;
      case ENOENT:
      case ENOTDIR:
        throw Error(Kind::kUnavailable, "connecting to '" + url + "': there is no such socket; check that it runs");
      case ECONNREFUSED:
        throw Error(Kind::kUnavailable, "connecting to '" + url + "': nothing listens there; check that it runs");
      case EACCES:
      case EPERM:
        throw Error(Kind::kForbidden, "connecting to '" + url +
                                          "': permission denied; run as root, or as a member of the socket's group");
      default:
        throw system_error(errno, "connecting to '" + url + "'");
    }
  }
  return socket_stream(std::move(socket), url);
}

Dialer limited(Dialer dialer, std::chrono::milliseconds limit) {
  return [dialer = std::move(dialer), limit](const Context& context) { return dialer(context.with_timeout(limit)); };
}

Dialer telling_apart(Dialer dialer) {
  return [dialer = std::move(dialer)](const Context& context) {
    try {
      return dialer(context);
    } catch (const Error& e) {
      throw NotConnected(e);
    }
  };
}

std::unique_ptr<Stream> dial_tls(const Context& context, const std::string& host, std::uint16_t port,
                                 const TlsContext& tls, std::chrono::milliseconds limit) {
  return start_tls(context, dial_tcp(context, host, port, limit), tls, host);
}

}  // namespace berth::net
