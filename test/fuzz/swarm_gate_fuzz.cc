// A request as anyone may send it, from its bytes to its route and whether its caller may. The first line is what the
// caller's certificate grants; the rest is the request.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "http/incoming.h"
#include "swarm/access/confine.h"
#include "swarm/api/gate.h"

namespace berth::swarm {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::optional<http::Request> request_of(const std::string& bytes, std::string& body) {
  std::size_t at = 0;
  http::Incoming incoming(
      [&](const Context&, std::span<char> out) {
        const std::size_t size = bytes.copy(out.data(), out.size(), at);
        at += size;
        return size;
      },
      4096, "peer");
  try {
    http::Request request = incoming.read_request({});
    char buffer[256];
    while (const std::size_t got = incoming.read_body({}, buffer)) body.append(buffer, got);
    return request;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What is sent to an engine must have been understood: it says the same a second time.
void check_body(const Scope& scope, const std::string& body) {
  for (const auto confine :
       {confined_container, confined_network, confined_volume, confined_update, confined_exec, confined_connection}) {
    try {
      const std::string sent = confine(scope, body);
      require(confine(scope, sent) == sent);
      require(!scope.empty() || sent == body);
    } catch (const Error&) {
      // Refused.
    }
  }
}

void check_route(const Grant& grant, const http::Request& request) {
  const Routed routed = route_of(request);
  if (routed.route == nullptr) return;
  const Route& route = *routed.route;
  require(route.method == request.method);
  // The path is the route's, with something in the place of {name}, and leads nowhere else.
  const std::size_t hole = route.path.find("{name}");
  const std::string path = hole == std::string_view::npos ? std::string(route.path)
                                                          : std::string(route.path.substr(0, hole)) + routed.name +
                                                                std::string(route.path.substr(hole + 6));
  require(path == routed.target.path);
  require(("/" + path + "/").find("/../") == std::string::npos);
  object_of(routed);
  const bool may = !refusal({.name = "ada", .grant = grant}, route);
  if (grant.role == Role::kManager) require(!may);
  if (grant.role == Role::kReadOnly) require(!may || route.access == Access::kRead);
  if (grant.role == Role::kOperator) require(!may || route.access != Access::kAdmin);
  if (!grant.scope.empty()) require(!may || route.reach != Reach::kWhole);
}

}  // namespace
}  // namespace berth::swarm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == std::string::npos) return 0;
  swarm::Grant grant;
  try {
    grant = swarm::parse_grant(input.substr(0, line));
    swarm::require(swarm::parse_grant(swarm::format_grant(grant)) == grant);
  } catch (const Error&) {
    return 0;
  }
  std::string body;
  const auto request = swarm::request_of(input.substr(line + 1), body);
  if (!request) return 0;
  swarm::check_body(grant.scope, body);
  try {
    swarm::check_route(grant, *request);
  } catch (const Error&) {
    // A target that is refused.
  }
  return 0;
}
