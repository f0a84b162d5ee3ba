#include "swarm/mover.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "http/url.h"
#include "swarm/api/networks.h"
#include "swarm/placement/expression.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::seconds kCallLimit{10};
constexpr std::chrono::seconds kImageLimit{120};
constexpr std::chrono::seconds kMostStopTime{60};
constexpr std::chrono::milliseconds kLook{200};

std::string of_container(const std::string& id, std::string_view what) {
  return "/containers/" + id + std::string(what);
}

// Counts how something ended: well when it said so, else not.
class Tally {
 public:
  Tally(PoolCounters::Count& well, PoolCounters::Count& failed) : well_(well), failed_(failed) {}
  ~Tally() { ++(done_ ? well_ : failed_); }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  void done() { done_ = true; }

 private:
  PoolCounters::Count& well_;
  PoolCounters::Count& failed_;
  bool done_ = false;
};

}  // namespace

// One container is moved by one at a time.
class Mover::Claim {
 public:
  Claim(Mover& mover, const Container& container) : mover_(mover), id_(container.id()) {
    if (!mover_.at_work_.lock()->insert(id_).second) {
      throw Error(Kind::kConflict, "container '" + container.name() + "' is being moved already");
    }
  }
  ~Claim() { mover_.at_work_.lock()->erase(id_); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  Mover& mover_;
  const std::string id_;
};

struct Mover::Made {
  NodePtr node;
  std::string id;
  std::string why;
};

std::optional<std::string> Mover::reason_to_stay(const Container& container) {
  if (!container.replaces().empty()) return "it is about to take another one's place";
  if (!container.running()) return "it does not run";
  if (container.reschedule() == placement::Reschedule::kOff) return "its owner says reschedule:off";
  const json::value listed = parse_json(container.json());
  if (const json::value* labels = find(listed, "Labels")) {
    if (text_of(*labels, "com.docker.compose.oneoff") == "True") return "it is a one-off of `compose run`";
  }
  // Who says that it may run elsewhere has seen to what it finds there.
  if (container.reschedule() == placement::Reschedule::kOnNodeFailure) return std::nullopt;
  if (const json::array* mounts = find_array(listed, "Mounts")) {
    for (const json::value& mount : *mounts) {
      if (text_of(mount, "Type") == "bind") return "'" + text_of(mount, "Source") + "' of the node is mounted";
    }
  }
  return std::nullopt;
}

void Mover::check_leads() const {
  if (options_.leads && !options_.leads()) throw Error(Kind::kUnavailable, "another manager leads now");
}

Reservation Mover::place(const Container& old, const placement::Request& request) {
  auto placed = pool_.reserve_instead(old, request);
  if (const auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    throw Error(Kind::kUnavailable, refusal->message());
  }
  return std::get<Reservation>(std::move(placed));
}

void Mover::undo(const Context& context, NodeNumber node, const std::string& id) {
  try {
    const Context limited = context.detached().with_timeout(kCallLimit);
    pool_.call(limited, node, "DELETE", of_container(id, "?force=1&v=1"));
  } catch (const Error& e) {
    log(LogLevel::kWarning, e.within("removing container " + id.substr(0, 12)).message());
  }
}

Mover::Made Mover::make(const Context& context, const Container& old, const Recipe& recipe,
                        const placement::Request& request, const std::string& name, bool start) {
  const Reservation place = this->place(old, request);
  const NodeNumber on = place.node->number;
  std::string id;
  try {
    images_.bring(context.with_timeout(kImageLimit), place.node, {request.image, request.platform, ""});
    const Context limited = context.with_timeout(kCallLimit);
    for (const std::string& network : request.networks) ensure_network(limited, pool_, place.node, network);
    for (const auto& [network, body] : recipe.connects) ensure_network(limited, pool_, place.node, network);
    const std::string path = http::Query().add_if("name", name).on("/containers/create");
    const std::string body = placement::with_labels(request.body, {{kReplacesLabel, old.id()}});
    check_leads();
    id = text_of(parse_json(pool_.call(limited, on, "POST", path, body)), "Id");
    for (const auto& [network, endpoint] : recipe.connects) {
      const std::string connect = with_member(endpoint, "Container", json_string(id));
      pool_.call(limited, on, "POST", "/networks/" + http::percent_encode(network) + "/connect", connect);
    }
    if (start) pool_.call(limited, on, "POST", of_container(id, "/start"));
  } catch (const Error&) {
    pool_.release(place);
    if (!id.empty()) undo(context, on, id);
    throw;
  }
  pool_.fulfil(place, id);
  return {place.node, id, place.why};
}

void Mover::await_health(const Context& context, NodeNumber node, const std::string& id) const {
  const auto begin = Context::Clock::now();
  for (;;) {
    const json::value container =
        parse_json(pool_.get(context.with_timeout(kCallLimit), node, of_container(id, "/json")));
    const json::value* state = find(container, "State");
    if (state == nullptr || !flag_of(*state, "Running") || flag_of(*state, "Restarting")) {
      const auto code = state == nullptr ? 0 : integer_of(*state, "ExitCode");
      throw Error(Kind::kUnavailable, "the new container ended with exit code " + std::to_string(code));
    }
    const json::value* health = find(*state, "Health");
    const std::string status = health == nullptr ? "none" : text_of(*health, "Status");
    const auto waited = Context::Clock::now() - begin;
    if (status == "healthy" || (status == "none" && waited >= options_.steady_time)) return;
    if (status == "unhealthy") throw Error(Kind::kUnavailable, "the new container is unhealthy");
    if (waited >= options_.health_limit) {
      throw Error(Kind::kUnavailable, "the new container did not become healthy in time");
    }
    context.sleep_for(kLook);
  }
}

std::string Mover::node_name(NodeNumber number) const {
  const NodePtr node = pool_.node(number);
  return node ? node->name() : "";
}

void Mover::move(const Context& context, const ContainerPtr& container, const std::string& to, const Say& say) {
  const Claim claim(*this, *container);
  Tally tally(pool_.counters().moves, pool_.counters().move_failures);
  if (const auto why = reason_to_stay(*container)) throw Error(Kind::kConflict, *why);
  const std::string inspected =
      pool_.get(context.with_timeout(kCallLimit), container->node(), of_container(container->id(), "/json"));
  if (flag_of(parse_json(member_text(inspected, "HostConfig")), "AutoRemove")) {
    throw Error(Kind::kConflict, "it is removed when it ends (--rm)");
  }
  const Recipe recipe = recipe_of(inspected);
  placement::Request request = placement::parse_request({recipe.name, "", recipe.create_body});
  request.whitelists.push_back(placement::parse_expression("node==" + to));
  say("starting");
  const Made made =
      make(context, *container, recipe, request, name_while_replacing(container->id(), container->name()), true);
  try {
    say("waiting until healthy");
    await_health(context, made.node->number, made.id);
    context.check();
    check_leads();
  } catch (const Error&) {
    undo(context, made.node->number, made.id);
    throw;
  }
  // From here on it goes forward only, whoever interrupts it.
  say("removing the old one");
  const Context limited = context.detached().with_timeout(kMostStopTime);
  try {
    pool_.call(limited, container->node(), "POST", of_container(container->id(), "/stop"));
  } catch (const Error& e) {
    log(LogLevel::kWarning, e.within("stopping '" + container->name() + "', which has moved").message());
  }
  pool_.call(limited, container->node(), "DELETE", of_container(container->id(), "?force=1&v=1"));
  const std::string rename = http::Query().add_if("name", container->name()).on(of_container(made.id, "/rename"));
  pool_.call(limited, made.node->number, "POST", rename);
  pool_.touch(container->node(), container->id());
  pool_.touch(made.node->number, made.id);
  tally.done();
  pool_.settle(limited);
  if (options_.changed) options_.changed("MOVE", container->name(), {node_name(container->node()), made.node->name()});
  log(LogLevel::kInfo, "moved '" + container->name() + "' to '" + made.node->name() + "'");
}

void Mover::remake(const Context& context, const ContainerPtr& lost, const Recipe& recipe) {
  const Claim claim(*this, *lost);
  Tally tally(pool_.counters().reschedules, pool_.counters().reschedule_failures);
  const placement::Request request = placement::parse_request({recipe.name, "", recipe.create_body});
  const Made made = make(context, *lost, recipe, request, recipe.name, lost->running());
  tally.done();
  pool_.settle(context);  // so that the lost one is not made a second time
  if (options_.changed) options_.changed("REMAKE", recipe.name, {node_name(lost->node()), made.node->name()});
  log(LogLevel::kInfo, "rescheduled '" + recipe.name + "' onto '" + made.node->name() + "', " + made.why);
}

void Mover::finish_leftovers(const Context& context) {
  for (const ContainerPtr& leftover : pool_.replacing()) {
    const NodePtr node = pool_.node(leftover->node());
    if (!node || !node->healthy() || at_work_.lock()->contains(leftover->replaces())) continue;
    try {
      check_leads();
      finish(context.with_timeout(kCallLimit), leftover);
    } catch (const Error& e) {
      context.check();
      log(LogLevel::kWarning, e.within("ending the move of '" + leftover->name() + "'").message());
      pool_.touch(leftover->node(), leftover->id());
    }
  }
}

void Mover::finish(const Context& context, const ContainerPtr& leftover) {
  const ContainerLookup found = pool_.find_container(leftover->replaces());
  const auto* old = std::get_if<ContainerPtr>(&found);
  const NodePtr old_node = old != nullptr ? pool_.node((*old)->node()) : nullptr;
  if (old_node && old_node->healthy()) {
    pool_.call(context, leftover->node(), "DELETE", of_container(leftover->id(), "?force=1&v=1"));
    log(LogLevel::kInfo, "gave up moving '" + (*old)->name() + "', which an earlier manager had begun");
  } else {
    const std::string name = leftover->name().substr(name_while_replacing(leftover->replaces(), "").size());
    if (!leftover->running()) pool_.call(context, leftover->node(), "POST", of_container(leftover->id(), "/start"));
    const std::string rename = http::Query().add_if("name", name).on(of_container(leftover->id(), "/rename"));
    pool_.call(context, leftover->node(), "POST", rename);
    log(LogLevel::kInfo, "'" + name + "' has taken its old one's place, as an earlier manager had begun");
  }
  pool_.touch(leftover->node(), leftover->id());
  pool_.settle(context);
}

}  // namespace berth::swarm
