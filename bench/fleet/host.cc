#include "host.h"

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "api.h"
#include "base/error.h"

namespace berth::fleet {

Host::Host(Shared& shared, Profile profile, const sockaddr_in& address)
    : shared_(shared), node_(shared, std::move(profile)), address_(address) {
  options_.serve = [this](Connection& connection) { answer(connection); };
  options_.closed = [this](Connection& connection) { let_go(connection); };
  listen();
}

Host::~Host() = default;

void Host::listen() {
  char text[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address_.sin_addr, text, sizeof text);
  const std::string doing = "listening on " + std::string(text) + ":" + std::to_string(ntohs(address_.sin_port));
  listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) throw system_error(errno, doing);
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(listener_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // its connections have it from here
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0 ||
      ::listen(listener_.get(), 128) != 0) {
    throw system_error(errno, doing);
  }
  shared_.loop.watch(listener_.get(), EPOLLIN, *this);
}

void Host::ready(std::uint32_t) {
  while (listener_ && mode_ == Mode::kUp) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!socket && (errno == EMFILE || errno == ENFILE)) return rest();
    if (!socket) return;
    take(std::move(socket));
  }
}

// No descriptor is free: whoever wants to connect waits in the kernel's queue.
void Host::rest() {
  shared_.loop.forget(listener_.get());
  resting_ = shared_.loop.after(std::chrono::milliseconds(50), [this] {
    resting_.reset();
    shared_.loop.watch(listener_.get(), EPOLLIN, *this);
  });
}

// Before the listener is closed or left alone.
void Host::stop_listening() {
  if (resting_) shared_.loop.cancel(*resting_);
  if (!resting_) shared_.loop.forget(listener_.get());
  resting_.reset();
}

void Host::take(Fd socket) {
  connections_.push_back(std::make_unique<Connection>(shared_.loop, std::move(socket), options_));
  connections_.back()->index = connections_.size() - 1;
}

void Host::let_go(Connection& connection) {
  const std::size_t index = connection.index;
  shared_.loop.bury(std::move(connections_[index]));
  if (index + 1 != connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
}

void Host::answer(Connection& connection) {
  if (delay_ == delay_.zero()) return serve(node_, connection);
  Loop& loop = shared_.loop;
  const auto timer = loop.after(delay_, [this, &connection] {
    connection.on_gone = nullptr;
    serve(node_, connection);
  });
  connection.on_gone = [&loop, timer] { loop.cancel(timer); };
}

void Host::kill() {
  if (mode_ == Mode::kKilled) return;
  if (mode_ == Mode::kUp) stop_listening();
  listener_.reset();
  mode_ = Mode::kKilled;
  while (!connections_.empty()) connections_.back()->abort();
}

void Host::hang() {
  if (mode_ != Mode::kUp) return;
  mode_ = Mode::kHung;
  stop_listening();
  for (const auto& connection : connections_) connection->freeze();
}

void Host::come_back(bool rebooted) {
  delay_ = {};
  if (rebooted) {
    kill();
    node_.reboot();
  }
  if (mode_ == Mode::kKilled) {
    listen();
  } else if (mode_ == Mode::kHung) {
    shared_.loop.watch(listener_.get(), EPOLLIN, *this);
  }
  const bool hung = mode_ == Mode::kHung;
  mode_ = Mode::kUp;
  if (!hung) return;
  // A thawed connection may find its client gone, and leave the list.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->thaw();
  }
}

std::string_view Host::state() const {
  if (mode_ == Mode::kKilled) return "killed";
  if (mode_ == Mode::kHung) return "hung";
  return delay_ == delay_.zero() ? "up" : "slow";
}

}  // namespace berth::fleet
