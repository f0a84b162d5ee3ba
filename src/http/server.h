// HTTP/1.1 server: a thread for each connection, handlers that read and write straight on.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/context.h"
#include "base/error.h"
#include "http/message.h"
#include "net/hangup.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/tls.h"

namespace berth::http {

class ServerConnection;

// An error that is answered with a status of its own, such as 413.
class Refused : public Error {
 public:
  Refused(int status, std::string message) : Error(Kind::kInvalid, std::move(message)), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// What a server takes of a request's body.
struct BodyLimits {
  std::optional<std::uint64_t> most;               // bytes
  std::chrono::milliseconds pause{300'000};        // between two pieces of it
  std::optional<std::chrono::milliseconds> whole;  // from the first read to its end
};

// One request and its answer, on the connection's thread. All calls throw kUnavailable when the client broke off,
// kCancelled, kTimeout; kInvalid when the body is malformed.
class Exchange {
 public:
  const Request& request() const { return request_; }
  // The client, as net::Stream::peer().
  std::string peer() const;
  // What the client has proved to be.
  const net::PeerIdentity& client() const;

  // For this request's body, instead of the server's own limits. Throws Refused (413) when it is announced as larger.
  void limit_body(const BodyLimits& limits);
  // The request's body as it comes; 0 at its end. Throws Refused by the limits (413, 408). Says `100 Continue` at
  // the first call where the client waits for it.
  std::size_t read_some(const Context& context, std::span<char> buffer);
  // Also throws kInvalid when it is more than `limit` bytes.
  std::string read_all(const Context& context, std::size_t limit = std::size_t{64} << 20);

  // A whole answer. At most one answer can be given.
  void respond(const Context& context, int status, std::string_view body = {}, Headers headers = {});
  // A streamed answer: the head now, then write() any number of times, each sent at once (chunked, unless the headers
  // have a Content-Length). The end is written when the handler returns.
  void start(const Context& context, ResponseHead head);
  void write(const Context& context, std::string_view bytes);

  // Answers with `head` (101, or 200 without a length as Docker does) and hands over the raw connection.
  std::unique_ptr<net::Stream> hijack(const Context& context, ResponseHead head);

  bool started() const { return status_ != 0; }
  // Of the answer, and when it began; 0 and the clock's epoch before.
  int status() const { return status_; }
  std::chrono::steady_clock::time_point answered() const { return answered_; }

  // Calls `gone` once when the client closes its connection, as long as the guard lives: a handler that waits for
  // something else cancels its waiting then. On another thread; it must not wait.
  std::unique_ptr<net::HangupWatch::Guard> on_client_gone(std::function<void()> gone);

 private:
  friend class ServerConnection;
  Exchange(ServerConnection& connection, Request request) : connection_(connection), request_(std::move(request)) {}
  void begin(int status);
  void finish(const Context& context);

  ServerConnection& connection_;
  Request request_;
  int status_ = 0;
  std::chrono::steady_clock::time_point answered_;
  bool chunked_ = false;
  bool bodiless_ = false;              // HEAD, 204, 304: a body is counted, not sent
  std::optional<std::uint64_t> left_;  // of a Content-Length that start() was given
};

// Answers one request; called on many threads at once. An Error it throws becomes {"message": ...} with the status of
// its kind (as the Docker API has errors); once an answer has begun, the connection is broken off instead. The Context
// is cancelled when the server stops.
using Handler = std::function<void(const Context&, Exchange&)>;

struct ServerOptions {
  std::optional<net::TlsContext> tls;
  std::chrono::milliseconds head_timeout{10'000};   // for a whole head and the TLS handshake
  std::chrono::milliseconds idle_timeout{120'000};  // between requests
  std::size_t head_limit = std::size_t{64} << 10;
  std::size_t max_connections = 1024;  // more wait in the listener's queue
  // Of one IP address; what comes beyond is closed. 0: any number. Clients of a unix socket are not counted.
  std::size_t max_connections_of_address = 0;
  BodyLimits body;
  // In which the client must have taken 64 KiB of an answer, so that one that reads slowly, or not at all, does not
  // keep its thread for ever. A raw stream (Exchange::hijack) has no such limit.
  std::chrono::milliseconds write_timeout{300'000};
};

// Serves from its making to stop() or its end.
class Server {
 public:
  Server(net::Listener listener, Handler handler, ServerOptions options = {});
  // stop(zero).
  ~Server();

  const std::string& address() const;
  std::uint16_t port() const;

  // Takes no more connections, closes idle ones, lets requests at work finish for `grace`, then cancels them. Returns
  // when all is done. Once.
  void stop(std::chrono::milliseconds grace = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::http
