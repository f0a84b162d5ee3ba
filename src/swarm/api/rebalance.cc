// Rebalancing, Berth's own: which containers would better run elsewhere, and the moves, told as they go.
#include "swarm/placement/rebalance.h"

#include <string>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/api/api.h"
#include "swarm/api/handlers.h"
#include "swarm/mover.h"

namespace berth::swarm {

namespace {

constexpr std::int64_t kMostMoves = 10'000;

placement::MovePlan plan_of(const Call& call) {
  placement::RebalanceOptions options;
  options.placement = call.pool.options().placement;
  if (const std::string text = call.query("max-moves"); !text.empty()) {
    const auto number = parse_integer(text);
    if (!number || *number < 1 || *number > kMostMoves) {
      throw Error(Kind::kInvalid, "max-moves '" + text + "' is no number from 1 to " + std::to_string(kMostMoves));
    }
    options.most_moves = static_cast<std::size_t>(*number);
  }
  options.stays = containers_that_stay(call.pool);
  if (call.query("volumes") == "1") options.volumes_stay = volumes_that_stay(call.pool);
  call.pool.settle(call.context);
  return placement::plan_rebalance(call.pool.cluster(), options);
}

std::string node_name(const Call& call, const placement::NodeId& id) {
  const NodePtr node = call.pool.find_node(id.value);
  return node ? node->name() : id.value;
}

json::object move_json(const Call& call, const placement::Move& move) {
  return {{"Container", move.container.value},
          {"Name", move.name},
          {"From", node_name(call, move.from)},
          {"To", node_name(call, move.to)},
          {"Why", move.why}};
}

json::object plan_json(const Call& call, const placement::MovePlan& plan) {
  json::array moves;
  for (const placement::Move& move : plan.moves) moves.push_back(move_json(call, move));
  json::array staying;
  for (const placement::Stuck& stuck : plan.stuck) {
    staying.push_back(json::object{{"Container", stuck.container.value}, {"Name", stuck.name}, {"Why", stuck.why}});
  }
  return {{"Moves", std::move(moves)}, {"Staying", std::move(staying)}};
}

}  // namespace

void plan_rebalance(Call& call) { call.json(200, plan_json(call, plan_of(call))); }

// A JSON object a line: the plan, then each step of each move. When the client goes, the move at work is given up or,
// where it is too far for that, finished.
void rebalance(Call& call) {
  Mover* mover = call.api.options().mover;
  if (mover == nullptr) throw Error(Kind::kUnsupported, "this manager moves no containers");
  const placement::MovePlan plan = plan_of(call);
  http::ResponseHead head{.status = 200};
  head.headers.add("Content-Type", "application/x-ndjson");
  call.exchange.start(call.context, std::move(head));
  const auto tell = [&](const json::object& line) { call.exchange.write(call.context, format_json(line) + "\n"); };
  tell(plan_json(call, plan));
  for (const placement::Move& move : plan.moves) {
    const auto state = [&](std::string_view step) {
      json::object line = move_json(call, move);
      line["State"] = json::string(step);
      return line;
    };
    try {
      const ContainerLookup found = call.pool.find_container(move.container.value);
      const auto* container = std::get_if<ContainerPtr>(&found);
      if (container == nullptr) throw Error(Kind::kNotFound, "it has gone meanwhile");
      mover->move(call.context, *container, node_name(call, move.to),
                  [&](std::string_view step) { tell(state(step)); });
      tell(state("done"));
    } catch (const Error& e) {
      call.context.check();
      json::object line = state("failed");
      line["Error"] = e.message();
      tell(line);
    }
  }
}

}  // namespace berth::swarm
