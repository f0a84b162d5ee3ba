// Calls of a provider's REST API: one connection kept alive, throttling waited out, broken calls made again where that
// is safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "base/context.h"
#include "base/error.h"
#include "http/message.h"

namespace berth::machine {

// Where an API is: "https://api.example.org/v2" taken apart.
struct ApiAddress {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string path;  // in front of every call's; without a slash at its end

  // "host", or "host:port" where the port is not the scheme's own: as the Host header has it.
  std::string authority() const;
};
// Throws kInvalid for what is no http or https URL; `what` names the option it came from.
ApiAddress parse_api_address(std::string_view url, std::string_view what);

struct RestRequest {
  std::string method = "GET";
  std::string target;  // path and query, percent-encoded, below the API's path
  std::string body;
  http::Headers headers = {};
  bool repeatable = false;  // a POST that does no harm when it is heard twice
};

struct RestAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
  // The body's JSON, null when it is empty. Throws kInternal, naming what was called, when it is none.
  boost::json::value json() const;
  std::string call;  // "GET /v2/droplets", for messages
};

// How patient a client is. Tests wait less.
struct RestPatience {
  std::chrono::milliseconds first{500};       // before the second attempt; doubles
  std::chrono::milliseconds longest{30'000};  // between attempts, also where the provider asks for more
  int attempts = 6;
  std::chrono::milliseconds answer{60'000};  // for one answer
};

struct RestOptions {
  std::string provider;  // for messages: "DigitalOcean"
  // Adds credentials; called anew for each attempt, as signatures have a time in them. `target` is the full one.
  std::function<void(const Context&, RestRequest& request)> authorize;
  RestPatience patience;
  std::string ca;      // PEM that the API's certificate is checked against; empty: the system's
  bool verify = true;  // the API's certificate
  bool soap = false;   // 500 is how it tells any refusal: an answer, not a failure
};

// Options of an API that takes `Authorization: Bearer TOKEN`.
RestOptions with_bearer(std::string provider, std::string token, const RestPatience& patience);

// One provider's API for one account. One thread at a time.
class Rest {
 public:
  Rest(const ApiAddress& address, RestOptions options);
  ~Rest();
  Rest(Rest&&) noexcept;

  const ApiAddress& address() const;

  // The answer, whatever its status. Made again, with longer and longer pauses (or as Retry-After says): what was
  // throttled (429) or never heard; on 5xx and broken connections only calls that may be repeated (GET, HEAD, PUT,
  // DELETE, and what says so itself): a POST may have made something, which its caller must look for.
  // Throws kUnavailable when the last attempt was not answered, kCancelled, kTimeout.
  RestAnswer send(const Context& context, const RestRequest& request);
  // As send(), but throws for a status of 400 and more: the kind of that status (http errors' table) and the provider's
  // own words.
  RestAnswer call(const Context& context, const RestRequest& request);
  // What call() would throw for such an answer.
  Error error_of(const RestAnswer& answer) const;

  // call() with a JSON body (none for null) and answer.
  boost::json::value get(const Context& context, std::string target);
  boost::json::value post(const Context& context, std::string target, const boost::json::value& body);
  boost::json::value put(const Context& context, std::string target, const boost::json::value& body);
  // DELETE; false when it was not there (404).
  bool remove(const Context& context, std::string target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Calls `done` until it returns true, with longer and longer pauses. Throws what it throws, kCancelled, kTimeout.
void poll(const Context& context, const RestPatience& patience, const std::function<bool()>& done);

// What a provider says went wrong, from the JSON or XML that providers answer errors with; the body's beginning where
// it is neither.
std::string words_of_error(const RestAnswer& answer);

}  // namespace berth::machine
