#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "http/url.h"
#include "swarm/api/api.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/node_memory.h"
#include "swarm/api/resolve.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kAskedAtOnce = 16;

// Asks all nodes: the exec was made before this manager ran, or through another one.
NodePtr ask_for_exec(const Call& call, const std::string& exec) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  const auto outcomes = for_each_parallel(nodes, kAskedAtOnce, [&](const NodePtr& node) {
    call.pool.get(call.context, node->number, "/exec/" + http::percent_encode(exec) + "/json");
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!outcomes[i]) return nodes[i];
  }
  throw Error(Kind::kNotFound, "No such exec instance: " + exec);
}

}  // namespace

void pass_to_exec(Call& call) {
  const auto number = call.api.execs().find(call.name);
  NodePtr node = number ? call.pool.node(*number) : nullptr;
  if (!node) {
    node = ask_for_exec(call, call.name);
    call.api.execs().add(call.name, node->number);
  }
  if (!call.caller.grant.scope.empty()) {
    const std::string exec =
        call.pool.get(call.context, node->number, "/exec/" + http::percent_encode(call.name) + "/json");
    container_of(call, text_of(parse_json(exec), "ContainerID"));
  }
  forward(call, *node, encoded_path(call));
}

}  // namespace berth::swarm
