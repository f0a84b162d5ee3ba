#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "http/hijack.h"
#include "http/server.h"
#include "http/server_connection.h"
#include "http/upload.h"

namespace berth::http {

namespace {

constexpr std::size_t kSmallBody = std::size_t{16} << 10;

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string Exchange::peer() const { return connection_.stream_->peer(); }

const net::PeerIdentity& Exchange::client() const { return connection_.client_; }

void Exchange::limit_body(const BodyLimits& limits) { connection_.limit_body(request_, limits); }

std::unique_ptr<net::HangupWatch::Guard> Exchange::on_client_gone(std::function<void()> gone) {
  return connection_.hangups_.watch(*connection_.stream_, std::move(gone));
}

std::size_t Exchange::read_some(const Context& context, std::span<char> buffer) {
  return connection_.read_body(context, buffer);
}

std::string Exchange::read_all(const Context& context, std::size_t limit) {
  return http::read_all(
      context, [this](const Context& inner, std::span<char> buffer) { return read_some(inner, buffer); }, limit);
}

void Exchange::begin(int status) {
  if (started()) throw Error(Kind::kInternal, "'" + request_.method + " " + request_.target + "' is answered twice");
  status_ = status;
  answered_ = std::chrono::steady_clock::now();
}

void Exchange::respond(const Context& context, int status, std::string_view body, Headers headers) {
  begin(status);
  const bool bodiless = has_no_body(status);
  if (bodiless) {
    headers.remove("Content-Length");
    headers.remove("Transfer-Encoding");
  } else {
    set_framing(headers, body.size());
  }
  std::string text = connection_.head_text({status, {}, std::move(headers)});
  if (bodiless || request_.method == "HEAD") return connection_.send(context, text);
  if (body.size() <= kSmallBody) {
    text += body;
    return connection_.send(context, text);
  }
  connection_.send(context, text);
  connection_.send(context, body);
}

void Exchange::start(const Context& context, ResponseHead head) {
  begin(head.status);
  bodiless_ = has_no_body(head.status) || request_.method == "HEAD";
  if (const auto length = head.headers.get("Content-Length")) {
    const auto size = parse_integer(*length);
    if (!size || *size < 0) throw Error(Kind::kInternal, "the answer's Content-Length is no number");
    left_ = static_cast<std::uint64_t>(*size);
  } else if (has_no_body(head.status)) {
    head.headers.remove("Transfer-Encoding");
  } else if (request_.minor_version > 0) {
    chunked_ = true;
    set_framing(head.headers, std::nullopt);
  } else {
    connection_.keep_ = false;  // HTTP/1.0: the body ends with the connection
  }
  connection_.send(context, connection_.head_text(std::move(head)));
}

void Exchange::write(const Context& context, std::string_view bytes) {
  if (!started()) throw Error(Kind::kInternal, "a body is written before its head");
  if (left_) {
    if (bytes.size() > *left_) throw Error(Kind::kInternal, "the answer's body is longer than its Content-Length");
    *left_ -= bytes.size();
  }
  if (bodiless_ || bytes.empty()) return;
  if (chunked_) {
    connection_.send(context, chunk_of(bytes));
  } else {
    connection_.send(context, bytes);
  }
}

std::unique_ptr<net::Stream> Exchange::hijack(const Context& context, ResponseHead head) {
  begin(head.status);
  if (!connection_.incoming_.body_done()) {
    throw Error(Kind::kInternal, "a connection is taken over before the request's body was read");
  }
  head.headers.remove("Content-Length");
  head.headers.remove("Transfer-Encoding");
  connection_.keep_ = true;  // no "Connection: close": the head's own Connection header counts
  connection_.send(context, connection_.head_text(std::move(head)));
  return with_first_bytes(std::move(connection_.stream_), connection_.incoming_.take_unused());
}

void Exchange::finish(const Context& context) {
  if (!started())
    throw Error(Kind::kInternal, "the server has no answer to '" + request_.method + " " + request_.target + "'");
  if (bodiless_) return;
  if (left_ && *left_ > 0) throw Error(Kind::kInternal, "the answer's body is shorter than its Content-Length");
  if (chunked_) connection_.send(context, "0\r\n\r\n");
}

}  // namespace berth::http
