#include "http/connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include <poll.h>

#include "base/error.h"
#include "http/hijack.h"

namespace berth::http {

namespace {

// RFC 9110 10.1.1: a client must not wait for ever, as old servers know nothing of it.
constexpr std::chrono::seconds kContinueWait{1};
constexpr int kMaxInterimAnswers = 32;

}  // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, std::size_t head_limit, const std::string& server)
    : stream_(std::move(stream)),
      incoming_([this](const Context& context, std::span<char> out) { return read(context, out); }, head_limit,
                server.empty() ? "'" + stream_->peer() + "'" : server) {}

ResponseHead Connection::exchange(const Context& context, const std::string& head, Body body, bool expect_continue,
                                  MessageKind kind) {
  body_ = std::move(body);
  upload_.emplace(head, body_, expect_continue);
  send_error_.reset();
  answered_ = false;
  hold_until_ = Context::Clock::now() + kContinueWait;
  for (int interim = 0; interim < kMaxInterimAnswers; ++interim) {
    ResponseHead answer = incoming_.read_response(context, kind);
    if (answer.status >= 300) upload_->abandon();
    if (answer.status >= 200 || answer.status == 101) return answer;
    if (answer.status == 100) upload_->release();
  }
  throw Error(Kind::kInternal, "'" + stream_->peer() + "' sends interim answers without end");
}

std::size_t Connection::read(const Context& context, std::span<char> out) {
  std::optional<std::size_t> got;
  if (upload_ && !upload_->done()) got = read_while_sending(context, out);
  if (!got) got = stream_->read_some(context, out);
  if (*got == 0 && send_error_) throw *send_error_;
  answered_ = answered_ || *got > 0;
  return *got;
}

// Nothing when the upload ended before any byte came.
std::optional<std::size_t> Connection::read_while_sending(const Context& context, std::span<char> out) {
  while (!upload_->done()) {
    context.check();
    if (upload_->held()) {
      if (const auto got = read_while_held(context, out)) return got;
      continue;
    }
    if (!send_some(context)) {
      pollfd both[2] = {{stream_->read_fd(), POLLIN, 0}, {stream_->write_fd(), POLLOUT, 0}};
      context.wait_any(both);
    }
    if (upload_->done()) break;
    if (const auto got = stream_->try_read(out)) return got;
  }
  return std::nullopt;
}

std::optional<std::size_t> Connection::read_while_held(const Context& context, std::span<char> out) {
  if (const auto got = stream_->try_read(out)) return got;
  pollfd readable{stream_->read_fd(), POLLIN, 0};
  const auto left = hold_until_ - Context::Clock::now();
  if (left <= left.zero() || !context.wait_any_for({&readable, 1}, left)) upload_->release();
  return std::nullopt;
}

bool Connection::send_some(const Context& context) {
  const std::string_view piece = upload_->next(context);
  if (piece.empty()) return true;
  try {
    const std::size_t sent = stream_->try_write(piece);
    upload_->sent(sent);
    return sent > 0;
  } catch (const Error& e) {
    // It may have answered and closed before it read all: that answer is still to be read.
    send_error_ = e;
    upload_->abandon();
    return true;
  }
}

bool Connection::reusable() const {
  return upload_ && upload_->complete() && !send_error_ && incoming_.body_done() && incoming_.keep_alive() &&
         !incoming_.has_unused();
}

bool Connection::alive() {
  std::array<char, 1> byte;
  try {
    return !stream_->try_read(byte).has_value();
  } catch (const Error&) {
    return false;
  }
}

bool Connection::may_repeat(bool idempotent) const {
  return !answered_ && (idempotent || !upload_->any_sent()) && !upload_->reader_used();
}

std::unique_ptr<net::Stream> Connection::take_stream() {
  return with_first_bytes(std::move(stream_), incoming_.take_unused());
}

std::unique_ptr<Connection> Pool::take() {
  const auto oldest = Context::Clock::now() - max_idle_time_;
  for (;;) {
    std::unique_ptr<Connection> connection;
    {
      auto idle = idle_.lock();
      if (idle->empty()) return nullptr;
      connection = std::move(idle->back());
      idle->pop_back();
    }
    if (connection->idle_since >= oldest && connection->alive()) return connection;
  }
}

void Pool::put(std::unique_ptr<Connection> connection) {
  if (max_idle_ == 0) return;
  const std::uint64_t number = ++last_number_;
  connection->idle_since = Context::Clock::now();
  connection->idle_number = number;
  {
    std::unique_ptr<Connection> surplus;  // closed after the lock is gone
    auto idle = idle_.lock();
    if (idle->size() >= max_idle_) {
      surplus = std::move(idle->front());
      idle->erase(idle->begin());
    }
    idle->push_back(std::move(connection));
  }
  if (share_) share_->add({weak_from_this(), number});
}

void Pool::close(std::uint64_t number) {
  std::unique_ptr<Connection> closing;
  auto idle = idle_.lock();
  const auto found =
      std::find_if(idle->begin(), idle->end(), [&](const auto& one) { return one->idle_number == number; });
  if (found == idle->end()) return;
  closing = std::move(*found);
  idle->erase(found);
}

void IdleShare::add(Entry entry) {
  std::shared_ptr<Pool> full;
  std::uint64_t number;
  {
    auto entries = entries_.lock();
    entries->push_back(std::move(entry));
    if (entries->size() <= most_) return;
    full = entries->front().pool.lock();
    number = entries->front().number;
    entries->pop_front();
  }
  if (full) full->close(number);
}

void Pool::clear() {
  // Closed without the lock.
  const auto closing = std::exchange(*idle_.lock(), {});
}

}  // namespace berth::http
