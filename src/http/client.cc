#include "http/client.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "http/connection.h"
#include "http/upload.h"
#include "http/wire.h"

namespace berth::http {

namespace {

bool is_idempotent(std::string_view method) {
  constexpr std::string_view kIdempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::find(std::begin(kIdempotent), std::end(kIdempotent), method) != std::end(kIdempotent);
}

// A body is announced, or the method is one that usually has it (RFC 9110 8.6).
bool needs_framing(const Request& request, const Body& body) {
  return body.size() != std::uint64_t{0} || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

void complete(Request& request, const Body& body, const std::string& host) {
  if (!request.headers.has("Host")) request.headers.add("Host", host);
  request.headers.remove("Content-Length");
  request.headers.remove("Transfer-Encoding");
  if (needs_framing(request, body)) set_framing(request.headers, body.size());
}

}  // namespace

Response::Response(ResponseHead head, std::unique_ptr<Connection> connection, std::shared_ptr<Pool> pool)
    : head_(std::move(head)), connection_(std::move(connection)), pool_(std::move(pool)) {
  finish_if_done();
}

Response::Response(Response&&) noexcept = default;
Response& Response::operator=(Response&&) noexcept = default;

Response::~Response() {
  if (!connection_) return;
  try {
    // An answer that nobody read has mostly come whole: its connection need not be lost.
    connection_->discard_buffered_body();
    finish_if_done();
  } catch (const Error&) {
    // Malformed, and of no interest any more.
  }
}

void Response::finish_if_done() {
  if (!connection_ || !connection_->body_done()) return;
  if (connection_->reusable()) pool_->put(std::move(connection_));
  connection_.reset();
}

std::size_t Response::read_some(const Context& context, std::span<char> buffer) {
  if (!connection_) return 0;
  const std::size_t got = connection_->read_body(context, buffer);
  finish_if_done();
  return got;
}

Reader Response::reader() {
  return [this](const Context& context, std::span<char> buffer) { return read_some(context, buffer); };
}

std::string Response::read_all(const Context& context, std::size_t limit) {
  return http::read_all(context, reader(), limit);
}

Client::Client(net::Dialer dialer, ClientOptions options)
    : dialer_(std::move(dialer)),
      options_(std::move(options)),
      pool_(std::make_shared<Pool>(options_.max_idle, options_.max_idle_time, options_.idle_share)) {}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

struct Client::Answer {
  ResponseHead head;
  std::unique_ptr<Connection> connection;
};

Client::Answer Client::exchange(const Context& context, Request request, Body body) {
  complete(request, body, options_.host);
  const std::string head = format_head(request);
  const bool expect_continue = request.headers.has_token("Expect", "100-continue") && body.size() != std::uint64_t{0};
  const MessageKind kind = request.method == "HEAD" ? MessageKind::kResponseToHead : MessageKind::kResponse;

  if (auto connection = pool_->take()) {
    try {
      ResponseHead answer = connection->exchange(context, head, std::move(body), expect_continue, kind);
      return {std::move(answer), std::move(connection)};
    } catch (const Error& e) {
      // The server may have closed it just as the request was on its way.
      if (e.kind() != Kind::kUnavailable || !connection->may_repeat(is_idempotent(request.method))) throw;
      body = connection->take_body();
    }
  }
  auto connection = std::make_unique<Connection>(dialer_(context), options_.head_limit, options_.server);
  ResponseHead answer = connection->exchange(context, head, std::move(body), expect_continue, kind);
  return {std::move(answer), std::move(connection)};
}

Response Client::send(const Context& context, Request request, Body body) {
  Answer answer = exchange(context, std::move(request), std::move(body));
  if (answer.head.status == 101) {
    throw Error(Kind::kInternal, "'" + answer.connection->peer() + "' changed the protocol though nobody asked");
  }
  return Response(std::move(answer.head), std::move(answer.connection), pool_);
}

Upgraded Client::upgrade(const Context& context, Request request, Body body) {
  if (!request.headers.has("Connection")) request.headers.add("Connection", "Upgrade");
  if (!request.headers.has("Upgrade")) request.headers.add("Upgrade", "tcp");
  Answer answer = exchange(context, std::move(request), std::move(body));
  std::unique_ptr<net::Stream> stream;
  if (answer.head.status == 101 || (answer.head.status == 200 && answer.connection->until_close())) {
    stream = answer.connection->take_stream();
    answer.connection.reset();
  }
  return {std::move(stream), Response(std::move(answer.head), std::move(answer.connection), pool_)};
}

void Client::close_idle() { pool_->clear(); }

}  // namespace berth::http
