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

}  // namespace

void create_container(Call& call) {
  const std::string body = call.exchange.read_all(call.context);
  const std::string name = call.query("name");
  const std::string platform = call.query("platform");
  const placement::Request request = placement::parse_request({name, platform, body}, call.api.options().requests);
  Held held(call.pool, reserve(call, request));
  const Node& node = *(*held).node;

  http::Request send = request_for(call, node, "/containers/create");
  http::Response response = client_of(call, node)->send(call.context, std::move(send), body_with_id(request, node));
  if (response.status() != 201) return relay(call, response);
  const std::string answer = response.read_all(call.context);
  const std::string id = text_of(parse_json(answer), "Id");
  held.fulfil(id);
  log(LogLevel::kInfo, "container '" + (name.empty() ? id.substr(0, 12) : name) + "' is placed on '" + node.name() +
                           "', " + (*held).why);
  call.json(201, answer);
}

}  // namespace berth::swarm
