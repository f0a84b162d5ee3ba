#include "engine/calls.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "engine/dial.h"
#include "engine/sources.h"

namespace berth::engine {

namespace {

constexpr std::size_t kErrorLimit = std::size_t{1} << 20;
constexpr std::size_t kAnswerLimit = std::size_t{512} << 20;  // a list of a great many containers

http::ClientOptions http_options_of(const Endpoint& endpoint) {
  http::ClientOptions options;
  options.host = http_host_of(endpoint);
  options.server = "the engine at '" + endpoint.host + "'";
  return options;
}

// The engine's own words, which are in the answer's "message"; else what little there is.
Error error_of(const Context& context, http::Response& response) {
  std::string text = response.read_all(context, kErrorLimit);
  try {
    const json::value body = parse_json(text);
    if (std::string message = text_of(body, "message"); !message.empty()) text = std::move(message);
  } catch (const Error&) {  // an old engine's, or a proxy's: plain text
  }
  std::string_view words = trim(text);
  constexpr std::size_t kMost = 2'000;
  std::string message(words.substr(0, kMost));
  if (message.empty()) message = "the engine answered status " + std::to_string(response.status());
  return Error(kind_of_http_status(response.status()), std::move(message));
}

void check_status(const Context& context, http::Response& response) {
  if (response.ok() || response.status() == kNotModified || response.status() == 101) return;
  if (response.status() < 400) {
    throw Error(Kind::kInternal, "unexpected status " + std::to_string(response.status()) +
                                     "; is there really a Docker Engine at this address?");
  }
  throw error_of(context, response);
}

}  // namespace

std::string path_of(std::string_view name) {
  std::vector<std::string> segments = split(name, '/');
  for (std::string& segment : segments) segment = http::percent_encode(segment);
  return join(segments, "/");
}

void set_json(Call& call, std::string body) {
  call.headers.set("Content-Type", "application/json");
  call.body = http::Body(std::move(body));
}

bool is_raw_output(const http::Headers& headers, bool tty) {
  const auto type = headers.get("Content-Type");
  if (type == "application/vnd.docker.multiplexed-stream") return false;
  // Older engines say "raw-stream" for both.
  return tty;
}

Client::Calls::Calls(Endpoint at, ClientOptions options)
    : endpoint(std::move(at)),
      http(dialer_of(endpoint), http_options_of(endpoint)),
      options_(std::move(options)),
      version_(options_.api_version) {}

http::Request Client::Calls::request_of(const Context& context, const Call& call) {
  http::Request request;
  request.method = call.method;
  request.target = call.query.on("/v" + api_version(context).text() + call.path);
  request.headers = call.headers;
  request.headers.set("User-Agent", options_.user_agent);
  for (const auto& [name, value] : options_.headers) request.headers.set(name, value);
  return request;
}

http::Response Client::Calls::send(const Context& context, Call call) {
  return within(call.operation, [&] {
    http::Response response = http.send(context, request_of(context, call), std::move(call.body));
    check_status(context, response);
    return response;
  });
}

int Client::Calls::run(const Context& context, Call call) {
  const std::string operation = call.operation;
  http::Response response = send(context, std::move(call));
  // Read to its end, so that the connection can be used again.
  within(operation, [&] { response.read_all(context); });
  return response.status();
}

std::string Client::Calls::text(const Context& context, Call call) {
  const std::string operation = call.operation;
  http::Response response = send(context, std::move(call));
  return within(operation, [&] { return response.read_all(context, kAnswerLimit); });
}

std::unique_ptr<Messages> Client::Calls::messages(const Context& context, Call call) {
  std::string operation = call.operation;
  return std::make_unique<Messages>(std::move(operation), send(context, std::move(call)));
}

http::Upgraded Client::Calls::upgrade(const Context& context, Call call) {
  return within(call.operation, [&] {
    http::Upgraded upgraded = http.upgrade(context, request_of(context, call), std::move(call.body));
    check_status(context, upgraded.response);
    if (!upgraded.stream) throw Error(Kind::kInternal, "the engine didn't hand over the connection");
    return upgraded;
  });
}

AttachStream Client::Calls::hijack(const Context& context, Call call, bool tty) {
  const std::string operation = call.operation;
  http::Upgraded upgraded = upgrade(context, std::move(call));
  const bool raw = is_raw_output(upgraded.response.headers(), tty);
  return AttachStream(std::make_unique<AttachStream::Connection>(operation, std::move(upgraded.stream), raw));
}

PingInfo Client::Calls::ping(const Context& context) {
  http::Request request;
  request.target = "/_ping";
  request.headers.set("User-Agent", options_.user_agent);
  http::Response response = http.send(context, std::move(request));
  const auto header = [&](std::string_view name) { return std::string(response.headers().get(name).value_or("")); };
  PingInfo info;
  const auto version = ApiVersion::parse(header("Api-Version"));
  // An engine that is unwell may still say what it speaks.
  if (!version) check_status(context, response);
  info.api_version = version.value_or(kOldestApi);
  info.os_type = header("Ostype");
  info.experimental = header("Docker-Experimental") == "true";
  info.builder_version = header("Builder-Version");
  info.server = header("Server");
  response.read_all(context, kErrorLimit);
  return info;
}

PingInfo Client::Calls::first_ping(const Context& context) {
  try {
    return ping(context);
  } catch (const Error& e) {
    // That ssh can't connect shows only now; the other transports' dialers have said it already.
    if (!endpoint.host.starts_with("ssh://")) throw;
    throw with_advice(endpoint, e);
  }
}

ApiVersion Client::Calls::api_version(const Context& context) {
  if (const auto known = *version_.lock()) return *known;
  const ApiVersion newest = first_ping(context).api_version;
  if (newest < kOldestApi) {
    throw Error(Kind::kUnsupported, "the engine at '" + endpoint.host + "' speaks Docker API " + newest.text() + "; " +
                                        kOldestApi.text() + " or newer is needed: update the engine");
  }
  const ApiVersion spoken = std::min(newest, kNewestApi);
  *version_.lock() = spoken;
  return spoken;
}

}  // namespace berth::engine
