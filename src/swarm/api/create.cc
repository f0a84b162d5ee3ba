// POST /containers/create: the call that decides where a container lives.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "swarm/access/confine.h"
#include "swarm/api/api.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/networks.h"
#include "swarm/api/placing.h"
#include "swarm/api/resolve.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

namespace {

namespace label = placement::label;

// In which what another manager has made is told by the engines' events.
constexpr std::chrono::milliseconds kNewsTime{500};

// What the node's engine is sent: with the cluster's own id for the container, which it keeps when it moves.
std::string body_with_id(const placement::Request& request, const Node& node) {
  return placement::with_labels(placement::body_for(request, node.info.ncpu), {{label::kId, to_hex(random_bytes(32))}});
}

Error not_leading(const Call& call) {
  return {Kind::kUnavailable, "manager '" + call.api.options().name + "' is not the primary any more; try again"};
}

// What the container needs of its node besides the image.
void prepare(const Call& call, const NodePtr& node, const placement::Request& request) {
  bring_volumes(call, node, request);
  for (const std::string& network : request.networks) ensure_network(call.context, call.pool, node, network);
}

// A manager that was stopped between its last look at the clock and its word to the engine may have made a container
// that the next leader has made as well. It has told nobody of its own yet, and takes it back.
void withdraw_double(const Call& call, const NodePtr& node, const std::string& name, const std::string& id) {
  call.context.sleep_for(kNewsTime);
  call.pool.settle(call.context);
  const auto containers = call.pool.containers();
  const bool is_double = std::any_of(containers.begin(), containers.end(), [&](const ContainerPtr& other) {
    return other->name() == name && other->id() != id;
  });
  if (name.empty() || !is_double) return;
  call.pool.call(call.context, node->number, "DELETE", "/containers/" + id + "?force=1");
  throw not_leading(call);
}

// What the container would use of others is to be in its maker's scope, too.
void check_uses(const Call& call, const placement::Request& request) {
  if (call.caller.grant.scope.empty()) return;
  for (const placement::Dependency& dependency : request.dependencies) container_of(call, dependency.container);
  for (const std::string& network : request.networks) network_of(call, network);
  for (const std::string& volume : request.volumes) {
    within("create the volume first, so that it is in your certificate's scope", [&] { volumes_of(call, volume); });
  }
}

}  // namespace

void create_container(Call& call) {
  const std::string body =
      with_network_names(call.pool, confined_container(call.caller.grant.scope, call.exchange.read_all(call.context)));
  const std::string name = call.query("name");
  const std::string platform = call.query("platform");
  placement::Request request = placement::parse_request({name, platform, body}, call.api.options().requests);
  check_uses(call, request);
  // A volume that was made a moment ago has to be known: its container would leave it where it is, or its mark as
  // unused.
  if (!request.volumes.empty()) call.pool.settle(call.context);
  pin_to_volumes(call.pool, request);
  HeldPtr held = place(call, request);
  const Node& node = *(**held).node;
  prepare(call, (**held).node, request);

  const std::string sent = body_with_id(request, node);
  const auto create = [&] {
    // The last moment to see that another manager may be placing containers now.
    if (!call.api.leads()) throw not_leading(call);
    return client_of(call, node)->send(call.context, request_for(call, node, "/containers/create"), sent);
  };
  http::Response response = create();
  // The image has gone since it was seen there.
  if (response.status() == 404 && bring_image(call, (**held).node, request)) response = create();
  if (response.status() != 201) return relay(call, response);
  const std::string answer = response.read_all(call.context);
  const std::string id = text_of(parse_json(answer), "Id");
  if (!call.api.leads()) withdraw_double(call, (**held).node, name, id);
  held->fulfil(id);
  log(LogLevel::kInfo, "container '" + (name.empty() ? id.substr(0, 12) : name) + "' is placed on '" + node.name() +
                           "', " + (**held).why);
  call.json(201, answer);
}

}  // namespace berth::swarm
