// One connection of a server.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"
#include "http/incoming.h"
#include "http/server.h"
#include "net/stream.h"

namespace berth::http {

// Serves the requests of one client, one after the other, on the caller's thread.
class ServerConnection {
 public:
  // All references must outlive it.
  ServerConnection(std::unique_ptr<net::Stream> stream, const Handler& handler, const ServerOptions& options,
                   net::HangupWatch& hangups);

  // Returns when the connection has ended. Waits for requests with `idle`, answers them with `working`. Throws
  // kUnavailable and kCancelled when it ended otherwise than between two requests.
  void serve(const Context& idle, const Context& working);

 private:
  friend class Exchange;

  bool serve_one(const Context& idle, const Context& working);
  bool answer(const Context& working, Request request);
  // Answers with an error, if none has begun.
  void refuse(Exchange& exchange, int status, std::string_view message);
  void refuse_unread(int status, std::string_view message);
  void close_gently();

  // For Exchange.
  std::size_t read_body(const Context& context, std::span<char> out);
  void limit_body(const Request& request, const BodyLimits& limits);
  // The head's text, with what the connection itself has to say in it.
  std::string head_text(ResponseHead head) const;
  void send(const Context& context, std::string_view bytes);

  std::unique_ptr<net::Stream> stream_;
  const Handler& handler_;
  const ServerOptions& options_;
  net::HangupWatch& hangups_;
  const net::PeerIdentity client_;
  Incoming incoming_;
  // About the body that is being read.
  BodyLimits limits_;
  std::uint64_t body_read_ = 0;
  std::optional<Context::Clock::time_point> body_until_;
  bool continue_wanted_ = false;
  bool keep_ = true;  // the connection serves another request
};

}  // namespace berth::http
