#include "agent/ingress.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/control.h"

namespace berth::agent {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBuffer = 64 * 1024;
constexpr auto kConnectTime = 1s;  // to a container of the same engine
constexpr auto kHoldTime = 30s;    // for a client while no container takes connections
constexpr auto kHoldPause = 20ms;  // between two tries then
constexpr auto kSuspectTime = 2s;
constexpr auto kIdleTime = 300ms;  // after an answer; what is quiet for longer is between requests
constexpr auto kAnswerTime = 60s;  // for who joins
constexpr int kBusyTick = 10;      // milliseconds
constexpr int kQuietTick = 250;

struct Pipe {
  std::string bytes;  // not yet written
  bool eof = false;   // the reading side has ended
  bool shut = false;  // and the writing side was told
};

}  // namespace

struct Ingress::Watched {
  enum class Kind { kNone, kListener, kControl, kResolver, kClient, kServer, kJob };
  Kind kind = Kind::kNone;
  Connection* connection = nullptr;
  std::uint16_t port = 0;
  std::uint32_t interest = 0;
};

struct Ingress::Connection {
  enum class Stage { kHolding, kConnecting, kOpen, kDetached };
  int client = -1;
  int server = -1;
  std::uint16_t port = 0;
  Stage stage = Stage::kHolding;
  std::string backend;
  std::vector<std::string> tried;
  Pipe up, down;
  HttpTurns turns;
  std::string opening;  // PROXY line
  Clock::time_point waiting_since, attempt_since, next_try, last_bytes;
  bool dead = false;
};

struct Ingress::Job {
  int fd = -1;
  Route route;
  bool has_joined = false;
  Clock::time_point since;
  Clock::time_point draining_since;
  bool dead = false;
};

Ingress::Ingress(IngressOptions options)
    : options_(std::move(options)),
      backends_(options_.list),
      now_(Clock::now()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Ingress::~Ingress() { ::close(epoll_); }

int Ingress::run() {
  if (!listen_all()) return 1;
  watch(backends_.descriptor(), EPOLLIN, {.kind = Watched::Kind::kResolver});
  for (;;) {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_, events, 64, milliseconds_to_tick());
    now_ = Clock::now();
    if (count < 0 && errno != EINTR) return 1;
    for (int i = 0; i < count; ++i) on_event(events[i].data.fd, events[i].events);
    tick();
  }
}

bool Ingress::listen_all() {
  for (const std::uint16_t port : options_.ports) {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool v6 = fd >= 0;
    const int listener = v6 ? fd : ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    const int off = 0;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in6 any6{};
    any6.sin6_family = AF_INET6;
    any6.sin6_port = htons(port);
    sockaddr_in any4{};
    any4.sin_family = AF_INET;
    any4.sin_port = htons(port);
    if (v6) ::setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    const auto* address = v6 ? reinterpret_cast<const sockaddr*>(&any6) : reinterpret_cast<const sockaddr*>(&any4);
    if (::bind(listener, address, v6 ? sizeof any6 : sizeof any4) != 0 || ::listen(listener, SOMAXCONN) != 0) {
      std::fprintf(stderr, "listening on port %d: %s\n", port, std::strerror(errno));
      return false;
    }
    watch(listener, EPOLLIN, {.kind = Watched::Kind::kListener, .port = port});
  }
  control_ = listen_for_routes();
  if (control_ < 0) {
    std::fprintf(stderr, "listening for routes: %s\n", std::strerror(errno));
    return false;
  }
  watch(control_, EPOLLIN, {.kind = Watched::Kind::kControl});
  return true;
}

void Ingress::watch(int fd, std::uint32_t interest, Watched watched) {
  if (watched_.size() <= static_cast<std::size_t>(fd)) watched_.resize(static_cast<std::size_t>(fd) + 1);
  watched.interest = interest;
  watched_[static_cast<std::size_t>(fd)] = watched;
  epoll_event event{.events = interest, .data = {.fd = fd}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void Ingress::forget(int fd) {
  watched_[static_cast<std::size_t>(fd)] = {};
  ::close(fd);
}

void Ingress::on_event(int fd, std::uint32_t happened) {
  const Watched watched = watched_[static_cast<std::size_t>(fd)];
  switch (watched.kind) {
    case Watched::Kind::kNone:
    case Watched::Kind::kJob:
      return;
    case Watched::Kind::kListener:
      return accept_all(watched);
    case Watched::Kind::kControl:
      return accept_job();
    case Watched::Kind::kResolver:
      return backends_.take_answers(now_);
    case Watched::Kind::kClient: {
      Connection& c = *watched.connection;
      if ((happened & EPOLLERR) != 0) return close_connection(c, true);
      if ((happened & (EPOLLIN | EPOLLHUP)) != 0) read_client(c);
      if (!c.dead) flush(c);
      return;
    }
    case Watched::Kind::kServer: {
      Connection& c = *watched.connection;
      if (c.stage == Connection::Stage::kConnecting) return on_connected(c);
      if ((happened & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_server(c);
      if (!c.dead) flush(c);
      return;
    }
  }
}

void Ingress::accept_all(const Watched& listener) {
  const auto fd = static_cast<int>(
      std::find_if(watched_.begin(), watched_.end(),
                   [&](const Watched& w) { return w.kind == Watched::Kind::kListener && w.port == listener.port; }) -
      watched_.begin());
  for (;;) {
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const int client = ::accept4(fd, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& c = *connections_.emplace_back(std::make_unique<Connection>());
    c.client = client;
    c.port = listener.port;
    c.waiting_since = c.last_bytes = now_;
    if (options_.proxy_protocol) c.opening = proxy_line(client, from);
    watch(client, EPOLLIN, {.kind = Watched::Kind::kClient, .connection = &c});
    find_server(c);
  }
}

int Ingress::milliseconds_to_tick() const {
  if (!jobs_.empty()) return kBusyTick;
  const bool waits = std::any_of(connections_.begin(), connections_.end(), [](const auto& c) {
    return c->stage == Connection::Stage::kHolding || c->stage == Connection::Stage::kConnecting;
  });
  return waits ? kBusyTick : kQuietTick;
}

void Ingress::tick() {
  backends_.refresh(now_);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    Connection& c = *connections_[i];
    if (c.dead) continue;
    if (c.stage == Connection::Stage::kConnecting && now_ - c.attempt_since > kConnectTime) {
      leave_server(c, true);
      find_server(c);
    } else if (c.stage == Connection::Stage::kHolding && now_ >= c.next_try) {
      if (now_ - c.waiting_since > kHoldTime) {
        close_connection(c, true);
      } else {
        find_server(c);
      }
    }
  }
  std::erase_if(connections_, [](const auto& c) { return c->dead; });
  for (const auto& job : jobs_) job->dead = advance_job(*job);
  std::erase_if(jobs_, [](const auto& job) { return job->dead; });
  std::vector<std::string> gone;
  for (const auto& backend : backends_.all()) {
    if (backend->stage == Backend::Stage::kLeaving && backend->connections == 0) gone.push_back(backend->name);
  }
  if (jobs_.empty()) {
    for (const std::string& name : gone) backends_.erase(name);
  }
}

// --- connections

void Ingress::find_server(Connection& c) {
  for (;;) {
    Backend* backend = backends_.choose(c.tried, now_);
    if (backend == nullptr) break;
    connect_to(c, *backend);
    if (c.dead || c.stage != Connection::Stage::kHolding) return;
  }
  c.stage = Connection::Stage::kHolding;
  c.tried.clear();
  c.next_try = now_ + kHoldPause;
  update_interest(c);
}

void Ingress::connect_to(Connection& c, Backend& backend) {
  c.tried.push_back(backend.name);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(c.port);
  to.sin_addr = backend.address;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    ::close(fd);
    backend.suspect_until = now_ + kSuspectTime;
    return;
  }
  c.server = fd;
  c.backend = backend.name;
  ++backend.connections;
  c.stage = Connection::Stage::kConnecting;
  c.attempt_since = now_;
  watch(fd, EPOLLOUT, {.kind = Watched::Kind::kServer, .connection = &c});
}

void Ingress::on_connected(Connection& c) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(c.server, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    leave_server(c, true);
    return find_server(c);
  }
  c.stage = Connection::Stage::kOpen;
  c.tried.clear();
  c.up.bytes.insert(0, c.opening);
  flush(c);
}

// Lets the server go; the client stays, and waits for another.
void Ingress::leave_server(Connection& c, bool failed) {
  if (Backend* backend = backends_.find(c.backend)) {
    --backend->connections;
    if (failed) backend->suspect_until = now_ + kSuspectTime;
  }
  if (c.server >= 0) forget(c.server);
  c.server = -1;
  c.backend.clear();
  c.stage = Connection::Stage::kHolding;
}

void Ingress::read_client(Connection& c) {
  char buffer[kBuffer];
  const ssize_t size = ::recv(c.client, buffer, sizeof buffer, 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) close_connection(c, true);
    return;
  }
  if (size == 0) {
    c.up.eof = true;
    if (c.stage != Connection::Stage::kOpen && c.up.bytes.empty()) close_connection(c, false);  // asked for nothing
    return;
  }
  const std::string_view bytes(buffer, static_cast<std::size_t>(size));
  const Backend* backend = backends_.find(c.backend);
  const bool leaves = backend != nullptr && backend->stage == Backend::Stage::kLeaving;
  const bool next_request = c.stage == Connection::Stage::kDetached ||
                            (c.stage == Connection::Stage::kOpen && leaves && c.turns.begins_request(bytes));
  c.turns.from_client(bytes);
  c.up.bytes.append(bytes);
  c.last_bytes = now_;
  if (!next_request) return;
  if (c.stage == Connection::Stage::kOpen) leave_server(c, false);
  c.waiting_since = now_;
  find_server(c);
}

void Ingress::read_server(Connection& c) {
  char buffer[kBuffer];
  const ssize_t size = ::recv(c.server, buffer, sizeof buffer, 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) on_server_gone(c);
    return;
  }
  if (size == 0) return on_server_gone(c);
  const std::string_view bytes(buffer, static_cast<std::size_t>(size));
  c.turns.from_server(bytes);
  c.down.bytes.append(bytes);
  c.last_bytes = now_;
}

// A server that ends while its client is between requests is replaced at the next one.
void Ingress::on_server_gone(Connection& c) {
  const Backend* backend = backends_.find(c.backend);
  const bool leaves = backend == nullptr || backend->stage == Backend::Stage::kLeaving;
  if (leaves && is_idle(c)) {
    leave_server(c, false);
    c.stage = Connection::Stage::kDetached;
    return;
  }
  c.down.eof = true;
}

bool Ingress::is_idle(const Connection& c) const {
  if (c.stage == Connection::Stage::kDetached) return true;
  return c.turns.may_be_between() && c.up.bytes.empty() && c.down.bytes.empty() && !c.up.eof &&
         now_ - c.last_bytes >= kIdleTime;
}

void Ingress::flush(Connection& c) {
  const auto write_out = [&](Pipe& pipe, int to) {
    if (to < 0) return true;
    while (!pipe.bytes.empty()) {
      const ssize_t size = ::send(to, pipe.bytes.data(), pipe.bytes.size(), MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN || errno == EINTR;
      pipe.bytes.erase(0, static_cast<std::size_t>(size));
    }
    if (pipe.eof && !pipe.shut) {
      pipe.shut = true;
      ::shutdown(to, SHUT_WR);
    }
    return true;
  };
  if (c.stage == Connection::Stage::kOpen && !write_out(c.up, c.server)) {
    // What the server said before it ended is still to be read.
    c.up.bytes.clear();
  }
  if (!write_out(c.down, c.client)) return close_connection(c, true);
  if (c.down.shut && (c.up.shut || c.up.eof || c.server < 0)) return close_connection(c, false);
  if (c.down.eof && c.down.bytes.empty()) return close_connection(c, false);
  update_interest(c);
}

void Ingress::update_interest(Connection& c) {
  const auto set = [&](int fd, std::uint32_t interest) {
    if (fd < 0) return;
    Watched& watched = watched_[static_cast<std::size_t>(fd)];
    if (watched.interest == interest) return;
    watched.interest = interest;
    epoll_event event{.events = interest, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  };
  const auto in = [](const Pipe& pipe) -> std::uint32_t {
    return !pipe.eof && pipe.bytes.size() < kBuffer ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
  };
  const auto out = [](const Pipe& pipe) -> std::uint32_t {
    return pipe.bytes.empty() ? 0U : static_cast<std::uint32_t>(EPOLLOUT);
  };
  set(c.client, in(c.up) | out(c.down));
  if (c.stage == Connection::Stage::kOpen) set(c.server, in(c.down) | out(c.up));
}

void Ingress::close_connection(Connection& c, bool reset) {
  if (c.dead) return;
  c.dead = true;
  leave_server(c, false);
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(c.client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  forget(c.client);
}

// --- routes

void Ingress::accept_job() {
  for (;;) {
    Route route;
    const int fd = accept_route(control_, route);
    if (fd < 0) return;
    Job& job = *jobs_.emplace_back(std::make_unique<Job>());
    job.fd = fd;
    job.route = std::move(route);
    job.since = now_;
    begin_job(job);
  }
}

void Ingress::begin_job(Job& job) {
  for (const std::string& name : job.route.joins) {
    Backend& backend = backends_.add(name, job.route.must_answer ? Backend::Stage::kJoining : Backend::Stage::kActive);
    backend.asked = {};
  }
  backends_.refresh(now_);
}

// On loopback-like networks a connection is there, or refused, at once; what takes longer is asked again.
bool Ingress::probe(const Backend& backend) const {
  if (!backend.known) return false;
  return std::any_of(options_.ports.begin(), options_.ports.end(),
                     [&](std::uint16_t port) { return accepts_connections(backend.address, port); });
}

bool Ingress::advance_job(Job& job) {
  if (!job.has_joined) {
    for (const std::string& name : job.route.joins) {
      Backend* backend = backends_.find(name);
      if (backend == nullptr || backend->stage != Backend::Stage::kJoining) continue;
      if (probe(*backend)) {
        backend->stage = Backend::Stage::kActive;
      } else if (now_ - job.since < kAnswerTime) {
        return false;
      } else {
        for (const std::string& joined : job.route.joins) backends_.erase(joined);
        answer(job, "error: container '" + name + "' does not accept connections on any published port");
        return true;
      }
    }
    for (const std::string& name : job.route.leaves) {
      if (Backend* backend = backends_.find(name)) backend->stage = Backend::Stage::kLeaving;
    }
    if (!backends_.save()) {
      answer(job, std::string("error: writing the list of containers: ") + std::strerror(errno));
      return true;
    }
    job.has_joined = true;
    job.draining_since = now_;
  }
  std::size_t open = 0;
  for (const std::string& name : job.route.leaves) {
    const Backend* backend = backends_.find(name);
    if (backend != nullptr && !has_drained(*backend)) open += backend->connections;
  }
  if (open != 0 && now_ - job.draining_since < job.route.drain) return false;
  answer(job, open == 0 ? "" : std::to_string(open) + " connections were still open when the time to drain was over");
  return true;
}

bool Ingress::has_drained(const Backend& backend) const {
  return std::all_of(connections_.begin(), connections_.end(),
                     [&](const auto& c) { return c->dead || c->backend != backend.name || is_idle(*c); });
}

void Ingress::answer(Job& job, const std::string& text) {
  answer_route(job.fd, text);
  job.fd = -1;
}

}  // namespace berth::agent
