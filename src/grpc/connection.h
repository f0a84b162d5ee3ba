// gRPC over a byte stream, as either side. Source: gRPC over HTTP2 (grpc/grpc, doc/PROTOCOL-HTTP2.md) and RFC 9113,
// with prior knowledge of HTTP/2; the HTTP/2 itself is nghttp2's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "net/stream.h"

namespace berth::grpc {

// Header fields that go with a call. Names are in lower case; one may be there several times.
using Metadata = std::vector<std::pair<std::string, std::string>>;

class Connection;

// One call, of either side. One thread may send while another receives; must not outlive its connection.
class Call {
 public:
  // A call that is not over is given up, and the other side told.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // At a server: what is called, "/package.Service/Method", and what came with it under a name.
  std::string method() const;
  std::vector<std::string> values(std::string_view name) const;

  // Sends a message; waits while much of what was sent before has not been taken. Throws kUnavailable when the other
  // side gave the call up or the connection ended, kCancelled, kTimeout.
  void send(const Context& context, std::string_view message);
  // A client's last message has been sent.
  void end_sending();

  // The next message, nothing after the last one. Throws, at a client, what the server ended the call with (kind_of(),
  // its words); kUnavailable when the call was broken off, kInternal when what comes is no gRPC, kCancelled, kTimeout.
  std::optional<std::string> receive(const Context& context);

 private:
  friend class Connection;
  struct Shared;
  Call(Shared& shared, std::int32_t id) : shared_(shared), id_(id) {}

  Shared& shared_;
  const std::int32_t id_;
};

class Connection {
 public:
  // Answers a call, on a thread of its own; what it throws is what the call ends with (code_of(), the message).
  using Handler = std::function<void(const Context&, Call&)>;

  // A client's, which makes calls.
  explicit Connection(std::unique_ptr<net::Stream> stream);
  // A server's, which answers them until it goes: what is still being answered is cancelled then.
  Connection(std::unique_ptr<net::Stream> stream, Handler handler);
  ~Connection();

  // A client's call. May be called from any thread. Throws kUnavailable when the connection has ended.
  std::unique_ptr<Call> call(std::string_view method, const Metadata& metadata = {});
  // A call of one message each way. Throws as Call::receive, and kInternal when no answer comes.
  std::string call(const Context& context, std::string_view method, std::string_view message);

 private:
  class Threads;
  std::unique_ptr<Call::Shared> shared_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace berth::grpc
