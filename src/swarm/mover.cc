#include "swarm/mover.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "http/url.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/networks.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/expression.h"
#include "swarm/pool/json_text.h"
#include "swarm/recipe_files.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::seconds kCallLimit{10};
constexpr std::chrono::seconds kImageLimit{120};
constexpr std::chrono::seconds kMostStopTime{60};
constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::seconds kNextTry{5};
constexpr std::chrono::seconds kLookAtCopies{30};

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

placement::Stays containers_that_stay(const Pool& pool) {
  return [&pool](const placement::Container& container) -> std::optional<std::string> {
    const ContainerLookup found = pool.find_container(container.id.value);
    const auto* known = std::get_if<ContainerPtr>(&found);
    return known == nullptr ? "it is just being made" : Mover::reason_to_stay(**known);
  };
}

placement::Stays volumes_that_stay(const Pool& pool) {
  return [&pool](const placement::Container& container) -> std::optional<std::string> {
    const ContainerLookup found = pool.find_container(container.id.value);
    const auto* known = std::get_if<ContainerPtr>(&found);
    return known == nullptr ? std::nullopt : reason_for_volumes_to_stay(pool, **known);
  };
}

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
    bring_files(limited, pool_, on, id, recipe.files);
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

void Mover::bring_data(const Context& context, const Container& old, VolumeCopy& copy,
                       const std::vector<std::string>& volumes, const placement::Request& request, const NodePtr& to,
                       const Say& say) {
  pool_.release(place(old, request));  // it does not stop for nothing
  images_.bring(context.with_timeout(kImageLimit), to, {request.image, request.platform, ""});
  copy.prepare(context, volumes);
  check_leads();
  say("stopping");
  pool_.call(context.with_timeout(kMostStopTime), old.node(), "POST", of_container(old.id(), "/stop"));
  say("copying volumes");
  copy.run(context);
  check_leads();
}

// False: it could not be started; finish_leftovers() does it when its engine answers again.
bool Mover::start_again(const Context& context, const Container& old) const {
  try {
    const Context limited = context.detached().with_timeout(kCallLimit);
    pool_.call(limited, old.node(), "POST", of_container(old.id(), "/start"));
    return true;
  } catch (const Error& e) {
    log(LogLevel::kWarning, e.within("starting '" + old.name() + "' again, whose move was given up").message());
    return false;
  }
}

// From here on it goes forward only, whoever interrupts it.
void Mover::replace(const Context& context, const Container& old, const Made& made, const VolumeCopy* copy) {
  try {
    if (copy == nullptr) pool_.call(context, old.node(), "POST", of_container(old.id(), "/stop"));
  } catch (const Error& e) {
    log(LogLevel::kWarning, e.within("stopping '" + old.name() + "', which has moved").message());
  }
  pool_.call(context, old.node(), "DELETE", of_container(old.id(), "?force=1&v=1"));
  if (copy != nullptr) copy->remove_originals(context);
  const std::string rename = http::Query().add_if("name", old.name()).on(of_container(made.id, "/rename"));
  pool_.call(context, made.node->number, "POST", rename);
  pool_.touch(old.node(), old.id());
  pool_.touch(made.node->number, made.id);
}

void Mover::move(const Context& context, const ContainerPtr& container, const std::string& to, const Say& say) {
  const Claim claim(*this, *container);
  Tally tally(pool_.counters().moves, pool_.counters().move_failures);
  if (const auto why = reason_to_stay(*container)) throw Error(Kind::kConflict, *why);
  if (const auto why = reason_for_volumes_to_stay(pool_, *container)) throw Error(Kind::kConflict, *why);
  const std::string inspected =
      pool_.get(context.with_timeout(kCallLimit), container->node(), of_container(container->id(), "/json"));
  if (flag_of(parse_json(member_text(inspected, "HostConfig")), "AutoRemove")) {
    throw Error(Kind::kConflict, "it is removed when it ends (--rm)");
  }
  const Recipe recipe = recipe_with_files(context.with_timeout(kCallLimit), pool_, container->node(), inspected);
  placement::Request request = placement::parse_request({recipe.name, "", recipe.create_body});
  request.whitelists.push_back(placement::parse_expression("node==" + to));
  const std::vector<std::string> volumes = volumes_to_move(pool_, *container);
  const NodePtr from = pool_.node(container->node());
  const NodePtr target = pool_.find_node(to);
  if (!from || !target) throw Error(Kind::kUnavailable, "a node has gone meanwhile");
  std::optional<VolumeCopy> copy;
  if (!volumes.empty()) copy.emplace(pool_, *container, from, target, request.image);
  Made made;
  try {
    if (copy) bring_data(context, *container, *copy, volumes, request, target, say);
    say("starting");
    made = make(context, *container, recipe, request, name_while_replacing(container->id(), container->name()), true);
    if (copy) copy->release(context);
    say("waiting until healthy");
    await_health(context, made.node->number, made.id);
    context.check();
    check_leads();
  } catch (const Error&) {
    if (copy && !start_again(context, *container)) throw;
    if (!made.id.empty()) undo(context, made.node->number, made.id);
    if (copy) copy->drop(context);
    throw;
  }
  say("removing the old one");
  const Context limited = context.detached().with_timeout(kMostStopTime);
  replace(limited, *container, made, copy ? &*copy : nullptr);
  tally.done();
  pool_.settle(limited);
  if (options_.changed) options_.changed("MOVE", container->name(), {node_name(container->node()), made.node->name()});
  log(LogLevel::kInfo, "moved '" + container->name() + "' to '" + made.node->name() + "'");
}

void Mover::remake(const Context& context, const ContainerPtr& lost, const Recipe& recipe) {
  const Claim claim(*this, *lost);
  Tally tally(pool_.counters().reschedules, pool_.counters().reschedule_failures);
  const placement::Request request = placement::parse_request({recipe.name, "", recipe.create_body});
  const auto policy = request.labels.find(placement::label::kVolumes);
  if (const auto why =
          reason_to_wait_for_volumes(pool_, request.volumes, policy == request.labels.end() ? "" : policy->second)) {
    throw Error(Kind::kConflict, *why);
  }
  const Made made = make(context, *lost, recipe, request, recipe.name, lost->running());
  tally.done();
  pool_.settle(context);  // so that the lost one is not made a second time
  if (options_.changed) options_.changed("REMAKE", recipe.name, {node_name(lost->node()), made.node->name()});
  log(LogLevel::kInfo, "rescheduled '" + recipe.name + "' onto '" + made.node->name() + "', " + made.why);
}

void Mover::finish_leftovers(const Context& context) {
  if (Context::Clock::now() < next_finish_) return;
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
      next_finish_ = Context::Clock::now() + kNextTry;
    }
  }
  if (Context::Clock::now() < next_copies_) return;
  remove_unfinished_copies(context);
  next_copies_ = Context::Clock::now() + kLookAtCopies;
}

namespace {

bool holds_volumes(const Container& container) {
  return !member_string(member_text(container.json(), "Labels"), kVolumeHolderLabel).empty();
}

// The volumes that were copied for what it takes the place of.
std::vector<FoundVolume> copies_of(const Pool& pool, const Container& leftover) {
  std::vector<FoundVolume> copies;
  const NodePtr node = pool.node(leftover.node());
  if (!node) return copies;
  for (FoundVolume& volume : volumes_on(pool, node)) {
    if (volume.copy_of().first == leftover.replaces()) copies.push_back(std::move(volume));
  }
  return copies;
}

}  // namespace

void Mover::finish(const Context& context, const ContainerPtr& leftover) {
  const ContainerLookup found = pool_.find_container(leftover->replaces());
  const auto* old = std::get_if<ContainerPtr>(&found);
  const NodePtr old_node = old != nullptr ? pool_.node((*old)->node()) : nullptr;
  if (old_node && old_node->healthy()) {
    take_back(context, *leftover, **old);
  } else if (!holds_volumes(*leftover)) {
    take_over(context, *leftover);
  } else if (old_node) {
    return;  // what it holds is not all of it, and the old one is to be started when its node is back
  } else {
    pool_.call(context, leftover->node(), "DELETE", of_container(leftover->id(), "?force=1&v=1"));
  }
  pool_.touch(leftover->node(), leftover->id());
  pool_.settle(context);
}

void Mover::take_back(const Context& context, const Container& leftover, const Container& old) {
  const bool was_stopped = holds_volumes(leftover) || !copies_of(pool_, leftover).empty();
  if (was_stopped && !old.running()) pool_.call(context, old.node(), "POST", of_container(old.id(), "/start"));
  pool_.call(context, leftover.node(), "DELETE", of_container(leftover.id(), "?force=1&v=1"));
  next_copies_ = {};
  if (holds_volumes(leftover)) return;
  log(LogLevel::kInfo, "gave up moving '" + old.name() + "', which an earlier manager had begun");
}

void Mover::take_over(const Context& context, const Container& leftover) {
  const std::string name = leftover.name().substr(name_while_replacing(leftover.replaces(), "").size());
  if (!leftover.running()) pool_.call(context, leftover.node(), "POST", of_container(leftover.id(), "/start"));
  for (const FoundVolume& copy : copies_of(pool_, leftover)) {
    const NodePtr origin = pool_.find_node(copy.copy_of().second);
    if (!origin || !origin->healthy()) continue;
    const Reply removed = ask(context, pool_, origin, {"DELETE", "/volumes/" + http::percent_encode(copy.name), ""});
    if (!removed.ok() && removed.status != 404) {
      log(LogLevel::kWarning, "removing volume '" + copy.name + "', which has moved with '" + name + "', from '" +
                                  origin->name() + "': " + removed.message());
    }
    pool_.touch(origin->number, Listing::kVolumes);
  }
  const std::string rename = http::Query().add_if("name", name).on(of_container(leftover.id(), "/rename"));
  pool_.call(context, leftover.node(), "POST", rename);
  log(LogLevel::kInfo, "'" + name + "' has taken its old one's place, as an earlier manager had begun");
}

// Volumes of moves that were given up, when nothing holds them any more.
void Mover::remove_unfinished_copies(const Context& context) {
  std::set<std::string> moving = *at_work_.lock();
  for (const ContainerPtr& leftover : pool_.replacing()) moving.insert(leftover->replaces());
  for (const NodePtr& node : pool_.nodes()) {
    if (!node->healthy() || pool_.listing(node->number, Listing::kVolumes)->find(kCopyOf) == std::string::npos)
      continue;
    for (const FoundVolume& volume : volumes_on(pool_, node)) {
      if (!is_unfinished_copy(pool_, volume) || moving.contains(volume.copy_of().first)) continue;
      const Context limited = context.with_timeout(kCallLimit);
      const Reply removed = ask(limited, pool_, node, {"DELETE", "/volumes/" + http::percent_encode(volume.name), ""});
      log(removed.ok() ? LogLevel::kInfo : LogLevel::kWarning, "removing the unfinished copy of volume '" +
                                                                   volume.name + "' from '" + node->name() +
                                                                   "': " + (removed.ok() ? "done" : removed.message()));
      pool_.touch(node->number, Listing::kVolumes);
    }
  }
}

}  // namespace berth::swarm
