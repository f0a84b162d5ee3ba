#include "swarm/api/schedule.h"

#include <variant>

#include "base/error.h"
#include "base/json.h"
#include "swarm/api/api.h"
#include "swarm/placement/request.h"
#include "swarm/placement/scheduler.h"

namespace berth::swarm {

NodePtr scheduled_node(const Call& call, const std::vector<std::string>& environment) {
  json::array variables;
  for (const std::string& variable : environment) variables.emplace_back(variable);
  const std::string body = format_json(json::object{{"Image", ""}, {"Env", variables}});
  const auto placed = call.pool.reserve(placement::parse_request({"", "", body}, call.api.options().requests));
  if (const auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    throw Error(Kind::kInternal, refusal->message());
  }
  const Reservation& reservation = std::get<Reservation>(placed);
  call.pool.release(reservation);
  return reservation.node;
}

}  // namespace berth::swarm
