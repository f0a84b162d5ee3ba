// HTTP/1.1 on a socket that never blocks: thousands share a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "http/message.h"
#include "http/parser.h"
#include "loop.h"

namespace berth::fleet {

// One client's connection. It takes a request apart, hands it to `serve`, and takes the next one when that is answered.
// An answer may come later than serve() returns. Idle, it holds no buffers: a fleet's event streams are many.
class Connection final : public Source {
 public:
  struct Options {
    std::function<void(Connection&)> serve;
    std::function<void(Connection&)> closed;  // last call; the owner lets it go
  };

  Connection(Loop& loop, Fd fd, const Options& options);
  ~Connection() override;

  // The request being served.
  const http::Request& request() const { return request_; }
  const std::string& body() const { return body_; }

  // A whole answer. `headers` are lines that end in CR LF; the body is left out for HEAD, 204 and 304.
  void respond(int status, std::string_view headers, std::string_view body);
  // A head, then any number of write(), then finish(). Chunked, or until the end for HTTP/1.0.
  void start(int status, std::string_view headers);
  void write(std::string_view bytes);
  void finish();
  // 101 when the client asked for an upgrade, else 200 without a length; then raw bytes both ways until finish().
  void hijack(std::string_view headers, std::string_view upgraded_type, std::string_view raw_type);

  // While an answer is on its way: called when the client has gone; what the answer needs is to be let go. One at most.
  std::function<void()> on_gone;
  // Hijacked: bytes of the client; empty once at its half-close.
  std::function<void(std::string_view)> on_input;

  // Stops looking at the socket, as a process that is stopped; thaw() goes on.
  void freeze();
  void thaw();
  // Resets the connection.
  void abort();
  bool is_closed() const { return !fd_; }

  std::size_t index = 0;  // the owner's

  void ready(std::uint32_t events) override;

 private:
  enum class State { kReading, kServing, kStreaming, kHijacked };

  void read_socket();
  void process();
  bool parse();  // false: more bytes are needed
  void take_body();
  void next_request();
  void process_soon();
  void send(std::string_view bytes);
  void flush();
  void set_interest();
  void refuse(std::string_view reason);
  void close();

  Loop& loop_;
  const Options& options_;
  Fd fd_;
  State state_ = State::kReading;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool close_when_sent_ = false;
  bool ended_ = false;  // the client's half-close
  bool frozen_ = false;
  bool processing_ = false;
  std::uint32_t interest_ = 0;
  std::unique_ptr<http::Parser> parser_;
  http::Request request_;
  std::string body_;
  std::string in_;
  std::string out_;
  std::shared_ptr<Connection*> pending_;  // a timer that goes on with what was read already
};

}  // namespace berth::fleet
