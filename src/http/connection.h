// One connection of a client, and the pool of those that are idle.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "http/idle_share.h"
#include "http/incoming.h"
#include "http/message.h"
#include "http/upload.h"
#include "net/stream.h"

namespace berth::http {

// Carries requests one after the other. Sends and reads at the same time, so that an answer which comes before the
// upload's end is seen, and neither side waits for ever for the other to read. One thread at a time.
class Connection {
 public:
  // `server` is who error messages are about; empty: the stream's other side.
  Connection(std::unique_ptr<net::Stream> stream, std::size_t head_limit, const std::string& server);

  // Sends a request (head as text) and waits for the final answer's head. Errors as of Client::send.
  ResponseHead exchange(const Context& context, const std::string& head, Body body, bool expect_continue,
                        MessageKind kind);

  std::size_t read_body(const Context& context, std::span<char> out) { return incoming_.read_body(context, out); }
  void discard_buffered_body() { incoming_.discard_buffered_body(); }
  bool body_done() const { return incoming_.body_done(); }
  bool until_close() const { return incoming_.until_close(); }
  std::string peer() const { return stream_->peer(); }

  // The last request and its answer are complete and both sides keep the connection.
  bool reusable() const;
  // Neither closed nor with bytes nobody asked for, as far as can be seen without waiting.
  bool alive();

  // After an exchange that broke off: no byte of an answer came, and sending again does no harm.
  bool may_repeat(bool idempotent) const;
  Body take_body() { return std::move(body_); }

  // The raw stream, with what was read beyond the head; the connection is of no more use.
  std::unique_ptr<net::Stream> take_stream();

  Context::Clock::time_point idle_since{};
  std::uint64_t idle_number = 0;  // in the order in which its pool was given connections

 private:
  std::size_t read(const Context& context, std::span<char> out);
  std::optional<std::size_t> read_while_sending(const Context& context, std::span<char> out);
  std::optional<std::size_t> read_while_held(const Context& context, std::span<char> out);
  // Returns false when the other side takes no more.
  bool send_some(const Context& context);

  std::unique_ptr<net::Stream> stream_;
  Incoming incoming_;
  Body body_;
  std::optional<Upload> upload_;
  std::optional<Error> send_error_;
  Context::Clock::time_point hold_until_{};
  bool answered_ = false;
};

// Idle connections of a client. Any thread.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::size_t max_idle, std::chrono::seconds max_idle_time, std::shared_ptr<IdleShare> share)
      : max_idle_(max_idle), max_idle_time_(max_idle_time), share_(std::move(share)) {}

  // The one used last that still lives; none when there is none.
  std::unique_ptr<Connection> take();
  void put(std::unique_ptr<Connection> connection);
  void clear();
  // Closes the connection that was put as the `number`th, if it is still there.
  void close(std::uint64_t number);

 private:
  const std::size_t max_idle_;
  const std::chrono::seconds max_idle_time_;
  const std::shared_ptr<IdleShare> share_;  // may be null
  std::atomic<std::uint64_t> last_number_ = 0;
  Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
};

}  // namespace berth::http
