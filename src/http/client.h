// HTTP/1.1 client of one server, with a pool of kept-alive connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/context.h"
#include "http/idle_share.h"
#include "http/message.h"
#include "net/dial.h"

namespace berth::http {

class Connection;
class Pool;

// An answer whose body is read as it comes. Movable; one thread at a time. When it goes before the body's end its
// connection is closed, else the connection went back to the pool at the end.
class Response {
 public:
  Response(Response&&) noexcept;
  Response& operator=(Response&&) noexcept;
  ~Response();

  int status() const { return head_.status; }
  bool ok() const { return head_.status >= 200 && head_.status < 300; }
  const Headers& headers() const { return head_.headers; }
  const ResponseHead& head() const { return head_; }

  // Waits for bytes of the (decoded) body; 0 at its end. What is left of a streamed upload is sent meanwhile.
  // Throws kUnavailable when the connection breaks off before the end, kInternal when what comes is not HTTP,
  // kCancelled, kTimeout.
  std::size_t read_some(const Context& context, std::span<char> buffer);
  // The whole body. Also throws kInvalid when it is more than `limit` bytes.
  std::string read_all(const Context& context, std::size_t limit = std::size_t{64} << 20);
  // read_some as a function, for what reads from anything; this response must outlive it.
  Reader reader();

 private:
  friend class Client;
  Response(ResponseHead head, std::unique_ptr<Connection> connection, std::shared_ptr<Pool> pool);
  void finish_if_done();

  ResponseHead head_;
  std::unique_ptr<Connection> connection_;  // none once the body has ended
  std::shared_ptr<Pool> pool_;
};

// Outcome of Client::upgrade.
struct Upgraded {
  // The raw stream, none when the server answered as usual (an error, say): read `response` then.
  std::unique_ptr<net::Stream> stream;
  Response response;
};

struct ClientOptions {
  std::string host = "localhost";                  // Host header of requests that have none
  std::string server;                              // who it is, for messages: "the engine at 'tcp://...'"
  std::size_t max_idle = 8;                        // connections kept for later
  std::chrono::seconds max_idle_time{60};          // after which one is not used again
  std::shared_ptr<IdleShare> idle_share;           // bounds what it keeps together with other clients; may be null
  std::size_t head_limit = std::size_t{64} << 10;  // bytes of an answer's head, and of a chunk's
};

// May be called from any thread; each call has a connection of its own.
class Client {
 public:
  explicit Client(net::Dialer dialer, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Sends the request and waits for the answer's head. Host, Content-Length and Transfer-Encoding are set here. An
  // answer that comes before the upload's end is returned at once; an upload goes on only below status 300.
  // With the header `Expect: 100-continue` the body waits for the server's word (at most a second).
  // A kept-alive connection that turns out closed before any byte of an answer is replaced by a new one, once, when the
  // method is idempotent (RFC 9110 9.2.2) or nothing was sent.
  // Throws what the dialer throws, kUnavailable when the connection breaks off, kInternal when the answer is not HTTP,
  // kInvalid for a head that cannot be sent, what the body's reader throws, kCancelled, kTimeout.
  Response send(const Context& context, Request request, Body body = {});

  // Asks for a raw stream (adds `Connection: Upgrade` and `Upgrade: tcp` unless there). It is given on 101, and on 200
  // without a length as the Docker API has it for attach and exec ("hijacking"). Bytes that came with the head are read
  // first. Throws as send().
  Upgraded upgrade(const Context& context, Request request, Body body = {});

  // Closes the idle connections.
  void close_idle();

 private:
  struct Answer;
  Answer exchange(const Context& context, Request request, Body body);

  net::Dialer dialer_;
  ClientOptions options_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace berth::http
