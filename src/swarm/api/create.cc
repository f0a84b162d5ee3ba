// POST /containers/create: the call that decides where a container lives.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
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
#include "swarm/api/image_supply.h"
#include "swarm/api/images.h"
#include "swarm/api/networks.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/expression.h"
#include "swarm/placement/request.h"
#include "swarm/placement/scheduler.h"

namespace berth::swarm {

namespace {

namespace label = placement::label;

// What the node's engine is sent: with the cluster's own id for the container, which it keeps when it moves.
std::string body_with_id(const placement::Request& request, const Node& node) {
  return placement::with_labels(placement::body_for(request, node.info.ncpu), {{label::kId, to_hex(random_bytes(32))}});
}

// Finds a place. A name that is taken by what has just been removed is free once that has been seen.
Reservation reserve(const Call& call, const placement::Request& request) {
  auto placed = [&] {
    try {
      return call.pool.reserve(request);
    } catch (const Error& e) {
      if (e.kind() != Kind::kConflict) throw;
      call.pool.settle(call.context);
      return call.pool.reserve(request);
    }
  }();
  if (const auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    throw Error(Kind::kInternal, refusal->message());  // classic Swarm's status: 500
  }
  return std::get<Reservation>(std::move(placed));
}

// Gives the place back unless the container was made.
class Held {
 public:
  Held(Pool& pool, Reservation reservation) : pool_(pool), reservation_(std::move(reservation)) {}
  ~Held() {
    if (!fulfilled_) pool_.release(reservation_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  const Reservation& operator*() const { return reservation_; }
  void fulfil(const std::string& container) {
    pool_.fulfil(reservation_, container);
    fulfilled_ = true;
  }

 private:
  Pool& pool_;
  Reservation reservation_;
  bool fulfilled_ = false;
};
using HeldPtr = std::unique_ptr<Held>;

bool has_image(const Call& call, const Node& node, const std::string& image) {
  const std::vector<NodePtr> holders = holders_of_image(call.pool, image);
  return std::any_of(holders.begin(), holders.end(),
                     [&](const NodePtr& holder) { return holder->number == node.number; });
}

ImageOrder order_of(const Call& call, const placement::Request& request) {
  const auto credentials = call.exchange.request().headers.get("X-Registry-Auth");
  return {request.image, request.platform, std::string(credentials.value_or(""))};
}

// The request for the nodes only that have its image; nothing when there is none.
std::optional<placement::Request> where_image_is(const Call& call, const placement::Request& request) {
  std::vector<std::string> names;
  for (const NodePtr& holder : holders_of_image(call.pool, request.image)) names.push_back(holder->name());
  if (names.empty()) return std::nullopt;
  placement::Request narrowed = request;
  narrowed.whitelists.push_back(placement::parse_expression("node==" + join(names, "|")));
  return narrowed;
}

// Finds a place where the image is or comes to be. Throws kNotFound, in the engine's words so that clients pull, when
// it can't be had.
HeldPtr place(const Call& call, const placement::Request& request) {
  const std::vector<ImageMeans>& means = call.api.images().means();
  const bool places = std::find(means.begin(), means.end(), ImageMeans::kPlace) != means.end();
  const auto narrowed = places ? where_image_is(call, request) : std::nullopt;
  if (narrowed && means.front() == ImageMeans::kPlace) {
    try {
      return std::make_unique<Held>(call.pool, reserve(call, *narrowed));
    } catch (const Error& e) {
      log(LogLevel::kInfo, "no place where image '" + request.image + "' is: " + e.message());
    }
  }
  auto held = std::make_unique<Held>(call.pool, reserve(call, request));
  if (request.image.empty() || has_image(call, *(**held).node, request.image) ||
      call.api.images().bring(call.context, (**held).node, order_of(call, request))) {
    return held;
  }
  if (!narrowed) throw Error(Kind::kNotFound, "No such image: " + full_image_name(request.image));
  held.reset();  // its name is free again
  return std::make_unique<Held>(call.pool, reserve(call, *narrowed));
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

  http::Request send = request_for(call, node, "/containers/create");
  http::Response response = client_of(call, node)->send(call.context, std::move(send), body_with_id(request, node));
  if (response.status() != 201) return relay(call, response);
  const std::string answer = response.read_all(call.context);
  const std::string id = text_of(parse_json(answer), "Id");
  held->fulfil(id);
  log(LogLevel::kInfo, "container '" + (name.empty() ? id.substr(0, 12) : name) + "' is placed on '" + node.name() +
                           "', " + (**held).why);
  call.json(201, answer);
}

}  // namespace berth::swarm
