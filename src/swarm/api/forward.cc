#include "swarm/api/forward.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "http/url.h"
#include "swarm/api/gate.h"

namespace berth::swarm {

void forward(Call& call, const Node& node, std::string_view path, const Answered& answered) {
  const auto client = client_of(call, node);
  hand_on(call.context, call.exchange, *client, request_for(call, node, path), answered);
}

std::shared_ptr<http::Client> client_of(const Pool& pool, const Node& node) {
  const auto client = pool.client(node.number);
  if (client && node.state != NodeState::kUnreachable && node.state != NodeState::kPending) return client;
  throw Error(Kind::kUnavailable, "node '" + node.name() + "' is " + to_lower(name_of(node.state)) +
                                      (node.reason.empty() ? "" : ": " + node.reason));
}

std::shared_ptr<http::Client> client_of(const Call& call, const Node& node) {
  call.trace.on(node);
  return client_of(call.pool, node);
}

std::string encoded_path(const Call& call) {
  std::vector<std::string> segments = split(call.target.path, '/');
  for (std::string& segment : segments) segment = http::percent_encode(segment);
  return join(segments, "/");
}

std::string target_on(const Call& call, const Node& node, std::string_view path) {
  std::string target;
  if (!call.version.empty()) target = "/v" + std::min(call.api_version(), node.api_version).text();
  target += path;
  if (!call.raw_query.empty()) target += "?" + call.raw_query;
  return target;
}

http::Request request_for(const Call& call, const Node& node, std::string_view path) {
  return request_like(call.exchange.request(), target_on(call, node, path));
}

void relay(Call& call, http::Response& response) { relay(call.context, call.exchange, response); }

}  // namespace berth::swarm
