// Builds: on one node, where the image is afterwards.
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "swarm/api/api.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/node_memory.h"
#include "swarm/api/schedule.h"

namespace berth::swarm {

namespace {

bool is_for_scheduler(std::string_view argument) {
  return argument.starts_with("constraint:") || argument.starts_with("affinity:") || argument.starts_with("whitelist:");
}

// Takes build arguments such as `--build-arg constraint:storage==ssd` out of the query, as classic Swarm has them; the
// builder would complain of them. Returns them as environment.
std::vector<std::string> take_expressions(Call& call) {
  std::vector<std::string> expressions;
  const std::string text = call.query("buildargs");
  if (text.empty()) return expressions;
  json::value arguments = parse_json(text);
  if (!arguments.is_object()) return expressions;
  json::object left;
  for (const auto& argument : arguments.get_object()) {
    if (!is_for_scheduler(argument.key())) {
      left[argument.key()] = argument.value();
    } else if (argument.value().is_string()) {
      expressions.push_back(std::string(argument.key()) + "=" + std::string(argument.value().get_string()));
    }
  }
  if (expressions.empty()) return expressions;
  std::vector<std::string> parameters = split(call.raw_query, '&');
  for (std::string& parameter : parameters) {
    if (parameter.starts_with("buildargs=")) parameter = "buildargs=" + http::percent_encode(format_json(left));
  }
  call.raw_query = join(parameters, "&");
  return expressions;
}

// All builds of one client go to one node for as long as that is healthy: its cache is there, and what it built before,
// to build upon. BuildKit also speaks over several connections that belong together though nothing in them says so.
NodePtr builder_of(const Call& call) {
  const std::string peer = call.exchange.peer();
  const std::string client = peer.starts_with("unix") ? peer : peer.substr(0, peer.rfind(':'));
  NodeMemory& builders = call.api.builders();
  if (const auto known = builders.find(client)) {
    const NodePtr node = call.pool.node(*known);
    if (node && node->healthy()) return node;
    builders.add(client, scheduled_node(call, {})->number);
  }
  const NodePtr node = call.pool.node(builders.find_or_add(client, scheduled_node(call, {})->number));
  if (!node) throw Error(Kind::kUnavailable, "the node that builds has just left: build again");
  return node;
}

void forward_build(Call& call, const NodePtr& node) {
  forward(call, *node, call.target.path);
  call.pool.touch(node->number, Listing::kImages);
}

}  // namespace

void build_image(Call& call) {
  const std::vector<std::string> expressions = take_expressions(call);
  if (expressions.empty()) return forward_build(call, builder_of(call));
  if (call.query("version") == "2") {
    throw Error(Kind::kUnsupported, "BuildKit's node is chosen before its build arguments are known: leave out '" +
                                        expressions.front() + "', or build with DOCKER_BUILDKIT=0");
  }
  forward_build(call, scheduled_node(call, expressions));
}

void pass_to_builder(Call& call) { forward_build(call, builder_of(call)); }

void prune_builds(Call& call) { prune_everywhere(call, Listing::kImages); }

}  // namespace berth::swarm
