#include "connection.h"

#include <array>
#include <cerrno>
#include <charconv>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/error.h"

namespace berth::fleet {

namespace {

constexpr std::size_t kHeadLimit = std::size_t{64} << 10;
constexpr std::size_t kInputLimit = std::size_t{64} << 20;   // of a body, or of what a client sends too early
constexpr std::size_t kOutputLimit = std::size_t{64} << 20;  // of what a client does not take

std::string start_line(int status) {
  std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
  line += http::reason_of(status);
  line += "\r\n";
  return line;
}

}  // namespace

Connection::Connection(Loop& loop, Fd fd, const Options& options) : loop_(loop), options_(options), fd_(std::move(fd)) {
  interest_ = EPOLLIN;
  loop_.watch(fd_.get(), interest_, *this);
}

Connection::~Connection() = default;

void Connection::ready(std::uint32_t events) {
  if (is_closed() || frozen_) return;  // an event of the same round as the close
  if ((events & EPOLLOUT) != 0) flush();
  if (is_closed()) return;
  if ((events & EPOLLERR) != 0) return close();
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) read_socket();
  if (!is_closed()) process();
}

void Connection::read_socket() {
  static thread_local std::array<char, 64 << 10> buffer;
  while (!ended_) {
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return close();
    if (got == 0) {
      ended_ = true;
      set_interest();
      return;
    }
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    if (in_.size() > kInputLimit) return close();
    if (static_cast<std::size_t>(got) < buffer.size()) return;
  }
}

void Connection::process() {
  if (processing_) return;  // an answer given at once: the loop below goes on
  processing_ = true;
  while (!is_closed() && !frozen_ && state_ == State::kReading && !in_.empty() && parse()) {
    state_ = State::kServing;
    options_.serve(*this);
  }
  processing_ = false;
  if (is_closed()) return;
  if (state_ == State::kHijacked) {
    if (!in_.empty()) {
      const std::string bytes = std::move(in_);
      in_.clear();
      if (on_input) on_input(bytes);
    }
    if (ended_ && on_input && !is_closed()) {
      const auto last = std::move(on_input);
      on_input = nullptr;
      last({});
    }
  } else if (ended_) {
    close();
  }
}

bool Connection::parse() {
  try {
    if (!parser_) parser_ = std::make_unique<http::Parser>(http::MessageKind::kRequest, kHeadLimit);
    if (!parser_->head_done()) {
      in_.erase(0, parser_->parse_head(in_));
      if (!parser_->head_done()) return false;
      request_ = parser_->take_request();
      keep_alive_ = parser_->keep_alive();
      if (request_.minor_version == 1 && !request_.headers.has("Host")) {
        throw Error(Kind::kInvalid, "missing required Host header");
      }
      if (const auto expect = request_.headers.get("Expect"); expect && !parser_->done()) {
        send("HTTP/1.1 100 Continue\r\n\r\n");
      }
    }
    take_body();
    if (!parser_->done()) return false;
  } catch (const Error& e) {
    refuse(e.message());
    return false;
  }
  parser_.reset();
  return true;
}

void Connection::take_body() {
  std::array<char, 16 << 10> buffer;
  std::size_t used = 0;
  while (!parser_->done()) {
    const auto step = parser_->parse_body(std::string_view(in_).substr(used), buffer);
    used += step.consumed;
    body_.append(buffer.data(), step.produced);
    if (body_.size() > kInputLimit) throw Error(Kind::kInvalid, "the body is too large");
    if (step.consumed == 0 && step.produced == 0) break;
  }
  in_.erase(0, used);
}

void Connection::refuse(std::string_view reason) {
  std::string answer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
  answer += "400 Bad Request: ";
  answer += reason;
  in_.clear();
  state_ = State::kServing;
  close_when_sent_ = true;
  send(answer);
}

void Connection::respond(int status, std::string_view headers, std::string_view body) {
  std::string answer = start_line(status);
  answer += headers;
  const bool bodiless = status == 204 || status == 304;
  if (!bodiless) {
    answer += "Content-Length: ";
    answer += std::to_string(body.size());
    answer += "\r\n";
  }
  if (!keep_alive_) answer += "Connection: close\r\n";
  answer += "\r\n";
  if (!bodiless && request_.method != "HEAD") answer += body;
  send(answer);
  next_request();
}

void Connection::start(int status, std::string_view headers) {
  chunked_ = request_.minor_version == 1;
  if (!chunked_) keep_alive_ = false;
  std::string head = start_line(status);
  head += headers;
  if (chunked_) head += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive_) head += "Connection: close\r\n";
  head += "\r\n";
  state_ = State::kStreaming;
  send(head);
}

void Connection::write(std::string_view bytes) {
  if (is_closed() || bytes.empty()) return;
  if (state_ == State::kHijacked || !chunked_) return send(bytes);
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  std::string chunk(size, end);
  chunk += "\r\n";
  chunk += bytes;
  chunk += "\r\n";
  send(chunk);
}

void Connection::finish() {
  if (is_closed()) return;
  on_gone = nullptr;
  on_input = nullptr;
  if (state_ == State::kHijacked) {
    keep_alive_ = false;
  } else if (chunked_) {
    send("0\r\n\r\n");
  }
  next_request();
}

void Connection::hijack(std::string_view headers, std::string_view upgraded_type, std::string_view raw_type) {
  const bool upgrade = request_.headers.has("Upgrade");
  std::string head = upgrade ? "HTTP/1.1 101 UPGRADED\r\nContent-Type: " : "HTTP/1.1 200 OK\r\nContent-Type: ";
  head += upgrade ? upgraded_type : raw_type;
  head += upgrade ? "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" : "\r\n";
  head += headers;
  head += "\r\n";
  state_ = State::kHijacked;
  send(head);
}

void Connection::next_request() {
  if (is_closed()) return;
  state_ = State::kReading;
  on_gone = nullptr;
  body_.clear();
  body_.shrink_to_fit();
  if (in_.empty()) in_.shrink_to_fit();
  if (!keep_alive_) {
    state_ = State::kServing;
    close_when_sent_ = true;
    flush();
  } else if (!processing_ && (!in_.empty() || ended_)) {
    process_soon();
  }
}

// Whoever gave the answer is in the midst of something; the next request waits until that is done.
void Connection::process_soon() {
  if (pending_) return;
  pending_ = std::make_shared<Connection*>(this);
  loop_.after({}, [weak = std::weak_ptr(pending_)] {
    const auto pending = weak.lock();
    if (!pending) return;
    Connection& connection = **pending;
    connection.pending_.reset();
    connection.process();
  });
}

void Connection::send(std::string_view bytes) {
  if (is_closed()) return;
  out_ += bytes;
  if (out_.size() > kOutputLimit) return close();
  flush();
}

void Connection::flush() {
  if (is_closed() || frozen_) return;
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t count = ::send(fd_.get(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return close();
    sent += static_cast<std::size_t>(count);
  }
  out_.erase(0, sent);
  if (out_.empty()) {
    out_.shrink_to_fit();
    if (close_when_sent_) return close();
  }
  set_interest();
}

void Connection::set_interest() {
  const std::uint32_t wanted = (ended_ ? 0U : std::uint32_t{EPOLLIN}) | (out_.empty() ? 0U : std::uint32_t{EPOLLOUT});
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.change(fd_.get(), interest_, *this);
}

void Connection::freeze() {
  if (is_closed() || frozen_) return;
  frozen_ = true;
  loop_.forget(fd_.get());
}

void Connection::thaw() {
  if (is_closed() || !frozen_) return;
  frozen_ = false;
  loop_.watch(fd_.get(), interest_, *this);
  flush();
  if (!is_closed()) process();
}

void Connection::abort() {
  if (is_closed()) return;
  const linger reset{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close();
}

void Connection::close() {
  if (is_closed()) return;
  if (!frozen_) loop_.forget(fd_.get());
  fd_.reset();
  pending_.reset();
  on_input = nullptr;
  if (const auto gone = std::move(on_gone)) gone();
  options_.closed(*this);
}

}  // namespace berth::fleet
