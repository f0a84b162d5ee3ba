#include "swarm/api/forward.h"

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
  constexpr std::string_view kNames[] = {"Connection",
                                         "Keep-Alive",
                                         "Proxy-Connection",
                                         "Transfer-Encoding",
                                         "TE",
                                         "Trailer",
                                         "Content-Length",
                                         "Host",
                                         "Upgrade",
                                         "Expect",
                                         "Date",
                                         "Proxy-Authorization"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

// The client's body as it comes.
http::Body body_of(Call& call) {
  http::Exchange& exchange = call.exchange;
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
void join_streams(Call& call, http::Upgraded& upgraded) {
  http::ResponseHead head = head_for_client(upgraded.response.head());
  if (head.status == 101) {
    head.headers.set("Connection", "Upgrade");
    const auto protocol = upgraded.response.headers().get("Upgrade");
    head.headers.set("Upgrade", std::string(protocol.value_or("tcp")));
  }
  const auto client = call.exchange.hijack(call.context, std::move(head));
  splice(call.context, *client, *upgraded.stream);
}

}  // namespace

void forward(Call& call, const Node& node, std::string_view path, const Answered& answered) {
  const auto client = client_of(call, node);
  http::Body body = body_of(call);
  http::Request request = request_for(call, node, path);
  if (wants_upgrade(call.exchange.request())) {
    // What the client asks for stands in its own headers: tcp, h2c (BuildKit), websocket.
    request.headers.set("Connection", "Upgrade");
    request.headers.set("Upgrade", std::string(call.exchange.request().headers.get("Upgrade").value_or("tcp")));
    http::Upgraded upgraded = client->upgrade(call.context, std::move(request), std::move(body));
    if (answered) answered(upgraded.response.status());
    return upgraded.stream ? join_streams(call, upgraded) : relay(call, upgraded.response);
  }
  http::Response response = client->send(call.context, std::move(request), std::move(body));
  if (answered) answered(response.status());
  relay(call, response);
}

std::shared_ptr<http::Client> client_of(const Call& call, const Node& node) {
  const auto client = call.pool.client(node.number);
  if (client && node.state != NodeState::kUnreachable && node.state != NodeState::kPending) return client;
  throw Error(Kind::kUnavailable, "node '" + node.name() + "' is " + to_lower(name_of(node.state)) +
                                      (node.reason.empty() ? "" : ": " + node.reason));
}

std::string target_on(const Call& call, const Node& node, std::string_view path) {
  std::string target;
  if (!call.version.empty()) target = "/v" + std::min(call.api_version(), node.api_version).text();
  target += path;
  const std::string& whole = call.exchange.request().target;
  if (const std::size_t query = whole.find('?'); query != std::string::npos) target += whole.substr(query);
  return target;
}

http::Request request_for(const Call& call, const Node& node, std::string_view path) {
  const http::Request& theirs = call.exchange.request();
  http::Request request;
  request.method = theirs.method;
  request.target = target_on(call, node, path);
  for (const auto& field : theirs.headers) {
    if (!is_of_connection(field.name)) request.headers.add(field.name, field.value);
  }
  return request;
}

void relay(Call& call, http::Response& response) {
  http::ResponseHead head = head_for_client(response.head());
  const auto length = response.headers().get("Content-Length");
  const auto size = length ? parse_integer(*length) : std::nullopt;
  // A short answer goes out with its head, in one packet.
  if (size && *size <= (16 << 10) && call.exchange.request().method != "HEAD") {
    const std::string body = response.read_all(call.context);
    return call.exchange.respond(call.context, head.status, body, std::move(head.headers));
  }
  if (length) head.headers.set("Content-Length", std::string(*length));
  call.exchange.start(call.context, std::move(head));
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const std::size_t got = response.read_some(call.context, {buffer.get(), kPiece})) {
    call.exchange.write(call.context, {buffer.get(), got});
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
