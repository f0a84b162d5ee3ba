#include "http/server_connection.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "http/wire.h"

namespace berth::http {

namespace {

// How much of a body that the handler left unread is read for the sake of the next request.
constexpr std::size_t kMaxDrain = std::size_t{256} << 10;
constexpr std::chrono::seconds kFarewell{1};
constexpr std::size_t kPiece = std::size_t{64} << 10;

// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string date_of_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

[[noreturn]] void too_large(std::uint64_t most) {
  throw Refused(413, "the request's body is larger than the " + std::to_string(most) + " bytes allowed here");
}

std::string error_body(std::string_view message) {
  return format_json(json::object{{"message", json::string(message)}}) + "\n";
}

}  // namespace

ServerConnection::ServerConnection(std::unique_ptr<net::Stream> stream, const Handler& handler,
                                   const ServerOptions& options, net::HangupWatch& hangups)
    : stream_(std::move(stream)),
      handler_(handler),
      options_(options),
      hangups_(hangups),
      client_(stream_->identity()),
      incoming_([this](const Context& context, std::span<char> out) { return stream_->read_some(context, out); },
                options.head_limit, "'" + stream_->peer() + "'") {}

void ServerConnection::serve(const Context& idle, const Context& working) {
  while (serve_one(idle, working)) {
  }
}

bool ServerConnection::serve_one(const Context& idle, const Context& working) {
  if (!incoming_.wait_for_message(idle.with_timeout(options_.idle_timeout))) return false;
  Request request;
  try {
    request = incoming_.read_request(idle.with_timeout(options_.head_timeout));
  } catch (const Error& e) {
    if (e.kind() == Kind::kInvalid) refuse_unread(incoming_.head_too_large() ? 431 : 400, e.message());
    if (e.kind() == Kind::kTimeout && !idle.cancelled()) refuse_unread(408, "the request's head did not come in time");
    return false;
  }
  // The server stops, or the client asks for it; one of HTTP/1.0 gets an answer that ends with the connection.
  keep_ = incoming_.keep_alive() && request.minor_version > 0 && !idle.cancelled();
  const bool again = answer(working, std::move(request));
  return again && !idle.cancelled();
}

bool ServerConnection::answer(const Context& working, Request request) {
  const auto expect = request.headers.get("Expect");
  continue_wanted_ = request.headers.has_token("Expect", "100-continue") && request.minor_version > 0;
  const bool strange_expect = expect && !request.headers.has_token("Expect", "100-continue");
  const std::size_t hosts = request.headers.count("Host");
  const bool bad_host = hosts > 1 || (hosts == 0 && request.minor_version > 0);

  Exchange exchange(*this, std::move(request));
  try {
    exchange.limit_body(options_.body);
    if (bad_host) keep_ = false;  // whoever sent this may take its bytes for other requests than we do
    if (bad_host) throw Error(Kind::kInvalid, "the request must have exactly one Host header");
    if (strange_expect) {
      refuse(exchange, 417, "only Expect: 100-continue is understood");
      return false;
    }
    handler_(working, exchange);
    if (!stream_) return false;  // hijacked
    exchange.finish(working);
  } catch (const Error& e) {
    if (!stream_ || exchange.started()) throw;
    const auto* refused = dynamic_cast<const Refused*>(&e);
    refuse(exchange, refused != nullptr ? refused->status() : http_status(e.kind()), e.message());
  } catch (const std::exception& e) {
    if (!stream_ || exchange.started()) throw Error(Kind::kInternal, e.what());
    refuse(exchange, 500, e.what());
  }
  if (continue_wanted_ && !incoming_.body_done()) keep_ = false;  // the client sends its body or not: who knows

  std::array<char, 8192> scratch;
  for (std::size_t drained = 0; keep_ && !incoming_.body_done() && drained < kMaxDrain;) {
    drained += incoming_.read_body(working.with_timeout(kFarewell), scratch);
  }
  if (keep_ && incoming_.body_done()) return true;
  close_gently();
  return false;
}

void ServerConnection::refuse(Exchange& exchange, int status, std::string_view message) {
  // Also when the server stops just now, the client is told why.
  exchange.respond(Context().with_timeout(kFarewell), status, error_body(message),
                   {{"Content-Type", "application/json"}});
}

void ServerConnection::refuse_unread(int status, std::string_view message) {
  keep_ = false;
  ResponseHead head;
  head.status = status;
  const std::string body = error_body(message);
  head.headers = {{"Content-Type", "application/json"}, {"Content-Length", std::to_string(body.size())}};
  send(Context().with_timeout(kFarewell), head_text(std::move(head)) + body);
  close_gently();
}

// Closing while bytes are unread would make the kernel reset the connection, and the client might lose the answer
// (RFC 9112 9.6): half-close first, then wait a moment for the client's end.
void ServerConnection::close_gently() {
  const Context farewell = Context().with_timeout(kFarewell);
  std::array<char, 8192> scratch;
  try {
    stream_->shutdown_write(farewell);
    for (std::size_t drained = 0; drained < kMaxDrain;) {
      const std::size_t got = stream_->read_some(farewell, scratch);
      if (got == 0) return;
      drained += got;
    }
  } catch (const Error& e) {
    log(LogLevel::kDebug, "closing the connection of '" + stream_->peer() + "': " + e.message());
  }
}

void ServerConnection::send(const Context& context, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    try {
      stream_->write_all(context.with_timeout(options_.write_timeout), piece);
    } catch (const Error& e) {
      context.check();
      if (e.kind() != Kind::kTimeout) throw;
      throw Error(Kind::kUnavailable, "the client did not take the answer in time");
    }
    bytes.remove_prefix(piece.size());
  }
}

std::size_t ServerConnection::read_body(const Context& context, std::span<char> out) {
  if (std::exchange(continue_wanted_, false) && !incoming_.body_done() && !incoming_.has_unused()) {
    send(context, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  const auto now = Context::Clock::now();
  if (limits_.whole && !body_until_) body_until_ = now + *limits_.whole;
  Context::Clock::time_point until = now + limits_.pause;
  if (body_until_) until = std::min(until, *body_until_);
  try {
    const std::size_t got = incoming_.read_body(context.with_deadline(until), out);
    body_read_ += got;
    if (limits_.most && body_read_ > *limits_.most) too_large(*limits_.most);
    return got;
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout || Context::Clock::now() < until) throw;
    throw Refused(408, "the request's body did not come in time");
  }
}

void ServerConnection::limit_body(const Request& request, const BodyLimits& limits) {
  limits_ = limits;
  body_read_ = 0;
  body_until_.reset();
  const auto announced = request.headers.get("Content-Length");
  const auto size = announced ? parse_integer(*announced) : std::nullopt;
  if (limits.most && size && static_cast<std::uint64_t>(*size) > *limits.most) too_large(*limits.most);
}

std::string ServerConnection::head_text(ResponseHead head) const {
  if (!head.headers.has("Date")) head.headers.add("Date", date_of_now());
  if (!keep_ && head.status != 101) head.headers.set("Connection", "close");
  return format_head(head);
}

}  // namespace berth::http
