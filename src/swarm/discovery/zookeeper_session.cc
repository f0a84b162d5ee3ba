#include "swarm/discovery/zookeeper_session.h"

#include <span>
#include <utility>

#include <poll.h>

#include "base/error.h"
#include "net/dial.h"

namespace berth::swarm {

namespace {

using std::chrono::milliseconds;

constexpr std::int32_t kEventCall = -1;
constexpr std::int32_t kPingCall = -2;
constexpr std::int32_t kNoNode = -101;
constexpr std::int32_t kNoAuth = -102;
constexpr std::int32_t kNodeExists = -110;
constexpr std::int32_t kSessionExpired = -112;
constexpr std::int32_t kEphemeral = 1;
constexpr std::int32_t kAllPermissions = 31;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr milliseconds kConnectTime{3'000};
constexpr milliseconds kAnswerTime{10'000};

// Values as jute writes them: big-endian, texts and buffers behind their length.
class Writer {
 public:
  template <typename Integer>
  Writer& number(Integer value) {
    for (int shift = 8 * (sizeof(Integer) - 1); shift >= 0; shift -= 8) {
      bytes_.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
    }
    return *this;
  }
  Writer& flag(bool value) {
    bytes_.push_back(value ? '\1' : '\0');
    return *this;
  }
  Writer& text(std::string_view value) {
    number(static_cast<std::int32_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename Integer>
  Integer number() {
    std::uint64_t value = 0;
    for (const char byte : take(sizeof(Integer))) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<Integer>(value);
  }
  std::string text() {
    const auto size = number<std::int32_t>();
    return size <= 0 ? std::string() : std::string(take(static_cast<std::size_t>(size)));
  }
  std::string rest() { return std::string(take(bytes_.size())); }

 private:
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) throw Error(Kind::kInternal, "ZooKeeper's answer is cut short");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::string_view bytes_;
};

std::string create_body(const std::string& path, std::string_view data, bool ephemeral) {
  return Writer()
      .text(path)
      .text(data)
      .number(std::int32_t{1})
      .number(kAllPermissions)
      .text("world")
      .text("anyone")
      .number(ephemeral ? kEphemeral : std::int32_t{0})
      .take();
}

std::string delete_body(const std::string& path) { return Writer().text(path).number(std::int32_t{-1}).take(); }

Error error_of(std::int32_t code, const std::string& what) {
  if (code == kNoAuth) return {Kind::kForbidden, "ZooKeeper does not allow " + what};
  return {Kind::kUnavailable, "ZooKeeper refuses " + what + " with error " + std::to_string(code)};
}

}  // namespace

void ZooKeeperSession::connect(const Context& context) {
  if (stream_) return;
  std::string trouble;
  for (std::size_t tried = 0; tried < hosts_.size(); ++tried) {
    const ZooKeeperHost& host = hosts_[next_host_++ % hosts_.size()];
    try {
      const Context limited = context.with_timeout(kConnectTime);
      for (int attempt = 0; attempt < 2; ++attempt) {
        stream_ = net::dial_tcp(limited, host.name, host.port);
        if (greet(limited)) return;
      }
      throw Error(Kind::kUnavailable, stream_->peer() + " begins no session");
    } catch (const Error& e) {
      stream_.reset();
      context.check();
      trouble += (trouble.empty() ? "" : "; ") + e.message();
    }
  }
  throw Error(Kind::kUnavailable, "no ZooKeeper server answers: " + trouble);
}

bool ZooKeeperSession::greet(const Context& context) {
  send(context, Writer()
                    .number(std::int32_t{0})
                    .number(last_change_)
                    .number(static_cast<std::int32_t>(wanted_timeout_.count()))
                    .number(id_)
                    .text(password_)
                    .flag(false)
                    .take());
  const std::string answer = receive(context);
  Reader reader(answer);
  reader.number<std::int32_t>();
  timeout_ = milliseconds(reader.number<std::int32_t>());
  id_ = reader.number<std::int64_t>();
  password_ = reader.text();
  if (timeout_ > milliseconds::zero()) return true;
  id_ = 0;
  password_.assign(16, '\0');
  return false;
}

void ZooKeeperSession::send(const Context& context, const std::string& payload) {
  stream_->write_all(context, Writer().text(payload).take());
}

std::string ZooKeeperSession::receive(const Context& context) {
  const auto read = [&](std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t at = 0; at < size;) {
      const std::size_t got = stream_->read_some(context, std::span(bytes).subspan(at));
      if (got == 0) throw Error(Kind::kUnavailable, stream_->peer() + " closed the connection");
      at += got;
    }
    return bytes;
  };
  const auto size = Reader(read(sizeof(std::int32_t))).number<std::uint32_t>();
  if (size > kMostBytes) throw Error(Kind::kInternal, stream_->peer() + " does not speak ZooKeeper's protocol");
  return read(size);
}

bool ZooKeeperSession::take_aside(const std::string& frame) {
  const auto call = Reader(frame).number<std::int32_t>();
  changed_ |= call == kEventCall;
  return call == kEventCall || call == kPingCall;
}

ZooKeeperSession::Reply ZooKeeperSession::call(const Context& context, Operation operation, const std::string& body) {
  const Context limited = context.with_timeout(kAnswerTime);
  connect(limited);
  try {
    send(limited, Writer().number(++last_call_).number(static_cast<std::int32_t>(operation)).take() + body);
    std::string frame = receive(limited);
    while (take_aside(frame)) frame = receive(limited);
    Reader reader(frame);
    if (reader.number<std::int32_t>() != last_call_) throw Error(Kind::kInternal, "ZooKeeper answers another question");
    if (const auto change = reader.number<std::int64_t>(); change > 0) last_change_ = change;
    Reply reply{.error = reader.number<std::int32_t>(), .body = {}};
    reply.body = reader.rest();
    if (reply.error == kSessionExpired) throw Error(Kind::kUnavailable, "the session with ZooKeeper has ended");
    return reply;
  } catch (const Error&) {
    stream_.reset();
    throw;
  }
}

std::optional<std::vector<std::string>> ZooKeeperSession::children(const Context& context, const std::string& path,
                                                                   bool watch) {
  if (watch) changed_ = false;
  const std::string body = Writer().text(path).flag(watch).take();
  const Reply reply = call(context, Operation::kGetChildren, body);
  if (reply.error == kNoNode) {
    // A watch for it to come.
    if (watch && call(context, Operation::kExists, body).error == 0) return children(context, path, watch);
    return std::nullopt;
  }
  if (reply.error != 0) throw error_of(reply.error, "listing '" + path + "'");
  Reader reader(reply.body);
  std::vector<std::string> names;
  for (auto left = reader.number<std::int32_t>(); left > 0; --left) names.push_back(reader.text());
  return names;
}

std::optional<ZooKeeperSession::Found> ZooKeeperSession::get(const Context& context, const std::string& path) {
  const Reply reply = call(context, Operation::kGetData, Writer().text(path).flag(false).take());
  if (reply.error == kNoNode) return std::nullopt;
  if (reply.error != 0) throw error_of(reply.error, "reading '" + path + "'");
  Reader reader(reply.body);
  Found found{.data = reader.text()};
  for (int i = 0; i < 4; ++i) reader.number<std::int64_t>();  // when and by which change it came and changed
  for (int i = 0; i < 3; ++i) reader.number<std::int32_t>();  // versions
  found.owner = reader.number<std::int64_t>();
  return found;
}

bool ZooKeeperSession::create(const Context& context, const std::string& path, std::string_view data, bool ephemeral) {
  Reply reply = call(context, Operation::kCreate, create_body(path, data, ephemeral));
  if (reply.error == kNoNode) {
    if (const std::size_t slash = path.rfind('/'); slash > 0) create(context, path.substr(0, slash), "", false);
    reply = call(context, Operation::kCreate, create_body(path, data, ephemeral));
  }
  if (reply.error != 0 && reply.error != kNodeExists) throw error_of(reply.error, "making '" + path + "'");
  return reply.error == 0;
}

bool ZooKeeperSession::remove(const Context& context, const std::string& path) {
  const Reply reply = call(context, Operation::kDelete, delete_body(path));
  if (reply.error != 0 && reply.error != kNoNode) throw error_of(reply.error, "removing '" + path + "'");
  return reply.error == 0;
}

bool ZooKeeperSession::take_over(const Context& context, const std::string& path, std::string_view data) {
  const auto header = [](std::int32_t type, bool done) {
    return Writer().number(type).flag(done).number(std::int32_t{-1}).take();
  };
  const std::string body = header(static_cast<std::int32_t>(Operation::kDelete), false) + delete_body(path) +
                           header(static_cast<std::int32_t>(Operation::kCreate), false) +
                           create_body(path, data, true) + header(-1, true);
  return call(context, Operation::kMulti, body).error == 0;
}

void ZooKeeperSession::await_change(const Context& context) {
  auto last_heard = Context::Clock::now();
  try {
    while (!changed_) {
      if (!stream_) throw Error(Kind::kUnavailable, "the connection to ZooKeeper broke");
      if (Context::Clock::now() - last_heard > timeout_) {
        throw Error(Kind::kUnavailable, stream_->peer() + " has not answered for a session's time");
      }
      pollfd readable{.fd = stream_->read_fd(), .events = POLLIN, .revents = 0};
      if (context.wait_any_for(std::span(&readable, 1), timeout_ / 3)) {
        take_aside(receive(context.with_timeout(kAnswerTime)));
        last_heard = Context::Clock::now();
      } else {
        send(context, Writer().number(kPingCall).number(static_cast<std::int32_t>(Operation::kPing)).take());
      }
    }
  } catch (const Error&) {
    stream_.reset();
    throw;
  }
}

}  // namespace berth::swarm
