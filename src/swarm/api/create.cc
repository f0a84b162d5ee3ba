// POST /containers/create: the call that decides where a container lives.
#include <chrono>
#include <string>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "swarm/api/api.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/networks.h"
#include "swarm/api/placing.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

namespace {

namespace label = placement::label;

// What the node's engine is sent: with the cluster's own id for the container, which it keeps when it moves.
std::string body_with_id(const placement::Request& request, const Node& node) {
  return placement::with_labels(placement::body_for(request, node.info.ncpu), {{label::kId, to_hex(random_bytes(32))}});
}

// What the container needs of its node besides the image.
void prepare(const Call& call, const NodePtr& node, const placement::Request& request) {
  bring_volumes(call, node, request);
  for (const std::string& network : request.networks) ensure_network(call.context, call.pool, node, network);
}

}  // namespace

void create_container(Call& call) {
  const std::string body = with_network_names(call.pool, call.exchange.read_all(call.context));
  const std::string name = call.query("name");
  const std::string platform = call.query("platform");
  placement::Request request = placement::parse_request({name, platform, body}, call.api.options().requests);
  pin_to_volumes(call.pool, request);
  HeldPtr held = place(call, request);
  const Node& node = *(**held).node;
  prepare(call, (**held).node, request);

  const std::string sent = body_with_id(request, node);
  const auto create = [&] {
    return client_of(call, node)->send(call.context, request_for(call, node, "/containers/create"), sent);
  };
  http::Response response = create();
  // The image has gone since it was seen there.
  if (response.status() == 404 && bring_image(call, (**held).node, request)) response = create();
  if (response.status() != 201) return relay(call, response);
  const std::string answer = response.read_all(call.context);
  const std::string id = text_of(parse_json(answer), "Id");
  held->fulfil(id);
  log(LogLevel::kInfo, "container '" + (name.empty() ? id.substr(0, 12) : name) + "' is placed on '" + node.name() +
                           "', " + (**held).why);
  call.json(201, answer);
}

}  // namespace berth::swarm
