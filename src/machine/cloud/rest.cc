#include "machine/cloud/rest.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/address.h"
#include "http/client.h"
#include "machine/cloud/xml.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAnswerLimit = std::size_t{16} << 20;
constexpr std::size_t kWordsLimit = 300;  // of an answer that is neither JSON nor XML

bool may_repeat(const RestRequest& request) {
  const std::string& method = request.method;
  return request.repeatable || method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

bool is_failure_of_theirs(int status, bool soap) {
  return (status == 500 && !soap) || (status >= 502 && status <= 504);
}

// Retry-After in seconds; the other form, a date, is of no provider here.
std::optional<std::chrono::milliseconds> asked_pause(const http::Headers& headers) {
  const auto value = headers.get("Retry-After");
  const auto seconds = value ? parse_integer(trim(*value)) : std::nullopt;
  if (!seconds || *seconds < 0) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

// EC2's errors have a <Message>, SOAP's faults a <faultstring>, both somewhere within.
std::string message_in(const XmlElement& element) {
  if (element.name == "Message" || element.name == "faultstring") return element.text;
  for (const XmlElement& child : element.children) {
    if (std::string text = message_in(child); !text.empty()) return text;
  }
  return {};
}

// Providers put their message into one of a few members, on the first or second level.
std::string message_in(const json::value& value) {
  for (const char* member : {"message", "error_description", "detail", "title", "localizedMessage"}) {
    if (std::string text = text_of(value, member); !text.empty()) return text;
  }
  if (const json::object* object = value.if_object()) {
    for (const auto& [name, inner] : *object) {
      if (!inner.is_object()) continue;
      if (std::string text = message_in(inner); !text.empty()) return text;
    }
    if (std::string text = text_of(value, "error"); !text.empty()) return text;
  }
  return {};
}

http::Url url_of(const ApiAddress& address) {
  return {.tls = address.tls, .host = address.host, .port = address.port, .target = address.path};
}

http::Client client_of(const ApiAddress& address, const RestOptions& options) {
  net::Dialer dial = net::telling_apart(http::dialer_of(
      url_of(address), {.ca = options.ca, .cert = {}, .key = {}, .verify = options.verify, .server_name = {}}));
  return http::Client(std::move(dial), {.host = address.authority(), .server = "the API of " + options.provider});
}

}  // namespace

std::string ApiAddress::authority() const { return url_of(*this).authority(); }

ApiAddress parse_api_address(std::string_view url, std::string_view what) {
  const auto refuse = [&](const char* why) -> Error {
    return Error(Kind::kInvalid, std::string(what) + " '" + std::string(url) + "' " + why +
                                     ": write it like https://api.example.org/v2");
  };
  http::UrlFault fault = http::UrlFault::kNone;
  const auto parsed = http::parse_url(url, &fault);
  if (fault == http::UrlFault::kPort) throw refuse("has no proper port");
  if (fault == http::UrlFault::kHost) throw refuse("names no host");
  if (!parsed) throw refuse("is no http or https URL");
  ApiAddress address{.tls = parsed->tls, .host = parsed->host, .port = parsed->port, .path = parsed->target};
  while (address.path.ends_with('/')) address.path.pop_back();
  return address;
}

json::value RestAnswer::json() const {
  if (body.empty()) return nullptr;
  try {
    return parse_json(body);
  } catch (const Error& e) {
    throw Error(Kind::kInternal, call + ": the answer is no JSON: " + e.message());
  }
}

std::string words_of_error(const RestAnswer& answer) {
  try {
    std::string text;
    if (answer.body.starts_with("<")) text = message_in(parse_xml(answer.body));
    if (answer.body.starts_with("{")) text = message_in(parse_json(answer.body));
    if (!text.empty()) return text;
  } catch (const Error&) {
    // Neither after all: its beginning will do.
  }
  const std::string_view beginning = trim(std::string_view(answer.body).substr(0, kWordsLimit));
  return beginning.empty() ? std::string(http::reason_of(answer.status)) : std::string(beginning);
}

void poll(const Context& context, const RestPatience& patience, const std::function<bool()>& done) {
  for (auto pause = patience.first; !done(); pause = std::min(pause * 2, patience.longest)) context.sleep_for(pause);
}

RestOptions with_bearer(std::string provider, std::string token, const RestPatience& patience) {
  return {.provider = std::move(provider),
          .authorize = [token = std::move(token)](
                           const Context&,
                           RestRequest& request) { request.headers.set("Authorization", "Bearer " + token); },
          .patience = patience,
          .ca = {},
          .verify = true};
}

struct Rest::State {
  State(const ApiAddress& at, RestOptions with)
      : address(at), options(std::move(with)), client(client_of(at, options)) {}

  RestAnswer attempt(const Context& context, const RestRequest& request) {
    RestRequest signed_request = request;
    signed_request.target = address.path + request.target;
    if (options.authorize) options.authorize(context, signed_request);
    http::Request sent{.method = signed_request.method, .target = signed_request.target};
    sent.headers = signed_request.headers;
    if (!sent.headers.has("User-Agent")) sent.headers.add("User-Agent", "berth-machine");
    http::Response response = client.send(context, std::move(sent), http::Body(signed_request.body));
    RestAnswer answer{.status = response.status(), .headers = response.headers(), .body = {}, .call = {}};
    answer.call = request.method + " " + std::string(cut(signed_request.target, '?').first);
    answer.body = response.read_all(context, kAnswerLimit);
    return answer;
  }

  ApiAddress address;
  RestOptions options;
  http::Client client;
};

Rest::Rest(const ApiAddress& address, RestOptions options)
    : state_(std::make_unique<State>(address, std::move(options))) {}
Rest::~Rest() = default;
Rest::Rest(Rest&&) noexcept = default;

const ApiAddress& Rest::address() const { return state_->address; }

Error Rest::error_of(const RestAnswer& answer) const {
  return Error(kind_of_http_status(answer.status), state_->options.provider + " answered " + answer.call + " with " +
                                                       std::to_string(answer.status) + ": " + words_of_error(answer));
}

RestAnswer Rest::send(const Context& context, const RestRequest& request) {
  const RestPatience& patience = state_->options.patience;
  std::chrono::milliseconds pause = patience.first;
  for (int attempt = 1;; ++attempt) {
    const bool last = attempt >= patience.attempts;
    std::optional<std::chrono::milliseconds> asked;
    try {
      RestAnswer answer = state_->attempt(context.with_timeout(patience.answer), request);
      const bool again =
          answer.status == 429 || (is_failure_of_theirs(answer.status, state_->options.soap) && may_repeat(request));
      if (!again || last) return answer;
      asked = asked_pause(answer.headers);
    } catch (const net::NotConnected& e) {
      if (last || e.kind() != Kind::kUnavailable) throw;
    } catch (const Error& e) {
      context.check();
      const bool broken = e.kind() == Kind::kUnavailable || e.kind() == Kind::kTimeout;
      if (last || !broken || !may_repeat(request)) throw;
    }
    context.sleep_for(std::min(asked.value_or(pause), patience.longest));
    pause = std::min(pause * 2, patience.longest);
  }
}

RestAnswer Rest::call(const Context& context, const RestRequest& request) {
  RestAnswer answer = send(context, request);
  if (answer.status >= 400) throw error_of(answer);
  return answer;
}

namespace {

RestRequest json_request(std::string method, std::string target, const json::value& body) {
  RestRequest request{.method = std::move(method), .target = std::move(target), .body = {}};
  if (!body.is_null()) {
    request.body = format_json(body);
    request.headers.add("Content-Type", "application/json");
  }
  return request;
}

}  // namespace

json::value Rest::get(const Context& context, std::string target) {
  return call(context, json_request("GET", std::move(target), nullptr)).json();
}

json::value Rest::post(const Context& context, std::string target, const json::value& body) {
  return call(context, json_request("POST", std::move(target), body)).json();
}

json::value Rest::put(const Context& context, std::string target, const json::value& body) {
  return call(context, json_request("PUT", std::move(target), body)).json();
}

bool Rest::remove(const Context& context, std::string target) {
  const RestRequest request = json_request("DELETE", std::move(target), nullptr);
  const RestAnswer answer = send(context, request);
  if (answer.status == 404) return false;
  if (answer.status >= 400) throw error_of(answer);
  return true;
}

}  // namespace berth::machine
