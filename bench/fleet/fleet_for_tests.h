// For tests: a small fleet, and calls to its engines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/json.h"
#include "fleet.h"
#include "http/client.h"
#include "net/dial.h"

namespace berth::fleet::testing {

// Long enough for whatever a test waits for.
inline Context soon() { return Context().with_timeout(std::chrono::seconds(20)); }

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;

  json::value value() const { return parse_json(body); }
  std::string message() const { return berth::text_of(value(), "message"); }
};

// On addresses that no other fleet of this computer is likely to have.
class TestFleet {
 public:
  explicit TestFleet(std::size_t nodes = 1, std::size_t containers = 0);

  Fleet& fleet() { return *fleet_; }
  // Of node 1, 2, ...
  std::string host(std::size_t node = 1) const;
  std::uint16_t port() const { return 2375; }

  Answer call(const std::string& method, const std::string& target, const std::string& body = {}, std::size_t node = 1);
  Answer get(const std::string& target, std::size_t node = 1) { return call("GET", target, {}, node); }
  Answer post(const std::string& target, const std::string& body = {}) { return call("POST", target, body); }
  // Creates a container and returns its id.
  std::string create(const std::string& name, const std::string& body = R"({"Image":"nginx"})");

  std::unique_ptr<net::Stream> connect(std::size_t node = 1) const;
  // What node 1 says to these bytes, until it closes.
  std::string say(std::string_view bytes, bool half_close = false) const;

 private:
  std::unique_ptr<Fleet> fleet_;
};

// All until the other side's end.
std::string read_to_end(const Context& context, net::Stream& stream);
// Until `wanted` has come; what came so far.
std::string read_until(const Context& context, net::Stream& stream, std::string_view wanted);

}  // namespace berth::fleet::testing
