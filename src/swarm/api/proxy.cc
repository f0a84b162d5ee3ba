#include "swarm/api/proxy.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

// Of one connection, not of the message (RFC 9110 7.6.1); and what the client of ours sets itself.
bool is_of_connection(std::string_view name) {
  constexpr std::string_view kNames[] = {"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE",
                                         "Trailer", "Content-Length", "Host", "Upgrade", "Expect", "Date",
                                         "Proxy-Authorization",
                                         // What managers say to each other.
                                         "Berth-Caller", "Berth-Handed-On"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

// The client's body as it comes.
http::Body body_of(http::Exchange& exchange) {
  const http::Headers& headers = exchange.request().headers;
  std::optional<std::uint64_t> size;
  if (const auto length = headers.get("Content-Length")) {
    size = static_cast<std::uint64_t>(parse_integer(*length).value_or(0));
    if (size == 0) return {};
  } else if (!headers.has("Transfer-Encoding")) {
    return {};
  }
  return http::Body::streamed(
      [&exchange](const Context& context, std::span<char> buffer) { return exchange.read_some(context, buffer); },
      size);
}

bool wants_upgrade(const http::Request& request) { return request.headers.has_token("Connection", "Upgrade"); }

http::ResponseHead head_for_client(const http::ResponseHead& head) {
  http::ResponseHead ours;
  ours.status = head.status;
  ours.reason = head.reason;
  for (const auto& field : head.headers) {
    if (!is_of_connection(field.name)) ours.headers.add(field.name, field.value);
  }
  return ours;
}

void copy(const Context& context, net::Stream& from, net::Stream& to) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const std::size_t got = from.read_some(context, {buffer.get(), kPiece})) {
    to.write_all(context, {buffer.get(), got});
  }
  to.shutdown_write(context);
}

// The answer is a raw stream from here on.
void join_streams(const Context& context, http::Exchange& exchange, http::Upgraded& upgraded) {
  http::ResponseHead head = head_for_client(upgraded.response.head());
  if (head.status == 101) {
    head.headers.set("Connection", "Upgrade");
    const auto protocol = upgraded.response.headers().get("Upgrade");
    head.headers.set("Upgrade", std::string(protocol.value_or("tcp")));
  }
  const auto client = exchange.hijack(context, std::move(head));
  splice(context, *client, *upgraded.stream);
}

}  // namespace

http::Request request_like(const http::Request& theirs, std::string target) {
  http::Request request;
  request.method = theirs.method;
  request.target = std::move(target);
  for (const auto& field : theirs.headers) {
    if (!is_of_connection(field.name)) request.headers.add(field.name, field.value);
  }
  return request;
}

void hand_on(const Context& context, http::Exchange& exchange, http::Client& client, http::Request request,
             const Answered& answered) {
  http::Body body = body_of(exchange);
  if (wants_upgrade(exchange.request())) {
    // What the client asks for stands in its own headers: tcp, h2c (BuildKit), websocket.
    request.headers.set("Connection", "Upgrade");
    request.headers.set("Upgrade", std::string(exchange.request().headers.get("Upgrade").value_or("tcp")));
    http::Upgraded upgraded = client.upgrade(context, std::move(request), std::move(body));
    if (answered) answered(upgraded.response.status());
    return upgraded.stream ? join_streams(context, exchange, upgraded) : relay(context, exchange, upgraded.response);
  }
  http::Response response = client.send(context, std::move(request), std::move(body));
  if (answered) answered(response.status());
  relay(context, exchange, response);
}

void relay(const Context& context, http::Exchange& exchange, http::Response& response) {
  http::ResponseHead head = head_for_client(response.head());
  const auto length = response.headers().get("Content-Length");
  const auto size = length ? parse_integer(*length) : std::nullopt;
  // A short answer goes out with its head, in one packet.
  if (size && *size <= (16 << 10) && exchange.request().method != "HEAD") {
    const std::string body = response.read_all(context);
    return exchange.respond(context, head.status, body, std::move(head.headers));
  }
  if (length) head.headers.set("Content-Length", std::string(*length));
  exchange.start(context, std::move(head));
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const std::size_t got = response.read_some(context, {buffer.get(), kPiece})) {
    exchange.write(context, {buffer.get(), got});
  }
}

void splice(const Context& context, net::Stream& client, net::Stream& engine) {
  // A direction that breaks ends the other too.
  CancelSource broken(context);
  const auto copy_or_break = [&](net::Stream& from, net::Stream& to) {
    try {
      copy(broken.context(), from, to);
    } catch (const Error& e) {
      log(LogLevel::kDebug, e.within("splicing").message());
      broken.cancel();
    }
  };
  const std::jthread up([&] { copy_or_break(client, engine); });
  copy_or_break(engine, client);
}

}  // namespace berth::swarm
