#include "swarm/pool/pool_state.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kEndpointRetry{1'000};
constexpr milliseconds kLookTimeout{10'000};
constexpr std::chrono::seconds kMostSkew{60};
constexpr std::chrono::microseconds kPingPause{650};  // between two nodes of a large pool
constexpr std::chrono::seconds kLongestPing{7};
constexpr milliseconds kPingStep{10};  // those due within it are asked together
constexpr milliseconds kJudgePause{500};
// Between two beats; a busy computer makes them wait, too.
constexpr std::chrono::seconds kLongestPause{2};

bool is_refusal(const Error& error) {
  return error.kind() == Kind::kUnsupported || error.kind() == Kind::kUnauthorized || error.kind() == Kind::kConflict ||
         error.kind() == Kind::kInvalid;
}

}  // namespace

void Pool::State::set_state(NodeNumber number, NodeState state, const std::string& reason, engine::Time since) {
  const auto lock = inventory.lock();
  const NodePtr known = lock->node(number);
  if (!known || (known->state == state && known->reason == reason)) return;
  auto node = std::make_shared<Node>(*known);
  if (node->state != state) node->state_since = since;
  const NodeState old_state = std::exchange(node->state, state);
  node->reason = reason;
  log(state == NodeState::kHealthy ? LogLevel::kInfo : LogLevel::kWarning,
      "node '" + node->name() + "' is " + std::string(name_of(state)) + (reason.empty() ? "" : ": " + reason));
  hub.publish(std::make_shared<const PoolEvent>(event_of_state(*node, old_state)));
  lock->put_node(std::move(node));
}

void Pool::State::recall(const Node& node) {
  auto found = recalled.lock()->extract(node.address);
  if (!found) return;
  const Recalled& engine = found.mapped();
  std::vector<ContainerPtr> containers;
  for (const std::string& text : engine.containers) {
    try {
      containers.push_back(std::make_shared<const Container>(node.number, text, wall_now()));
    } catch (const Error& e) {
      log(LogLevel::kWarning, e.within("recalling a container of '" + engine.name + "'").message());
    }
  }
  const auto lock = inventory.lock();
  const NodePtr known = lock->node(node.number);
  if (!known || !known->info.id.empty() || lock->same_engine(engine.engine_id, node.number)) return;
  auto with_id = std::make_shared<Node>(*known);
  with_id->info.id = engine.engine_id;
  with_id->info.name = engine.name;
  with_id->settings = settings_of(engine.engine_id);
  lock->put_node(std::move(with_id));
  lock->replace_containers(node.number, std::move(containers));
}

// --- connecting

void Pool::State::keep_connecting() {
  try {
    for (;;) {
      const NodeNumber number = timetable.take(ending.context());
      if (const MemberPtr at = member(number)) {
        connect(number, *at);
      } else if (const auto address = unmade.lock()->extract(number)) {
        make_member(number, address.mapped());
      }
      timetable.give_back(number);
    }
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.message());
  }
}

// Nodes that came together are not looked at together for ever: each has its own time.
milliseconds Pool::State::next_look(NodeNumber number) const {
  const auto spread = options.look_again_most - options.look_again;
  if (spread <= milliseconds::zero()) return options.look_again;
  return options.look_again + spread * (static_cast<std::int64_t>(number) * 37 % 100) / 100;
}

void Pool::State::make_member(NodeNumber number, const EngineAddress& address) {
  try {
    engine::Endpoint endpoint =
        options.endpoint_of ? options.endpoint_of(address) : engine::endpoint_of(address.address);
    members.lock()->emplace(number, std::make_shared<Member>(number, std::move(endpoint), pump, *this, idle));
    timetable.set(number, Steady::now());
  } catch (const Error& e) {
    set_state(number, NodeState::kPending, e.message());
    mark_tried(number, Steady::now());
    unmade.lock()->emplace(number, address);
    timetable.set(number, Steady::now() + kEndpointRetry);
  }
}

void Pool::State::connect(NodeNumber number, Member& member) {
  const engine::Time begin = wall_now();
  const Steady::time_point began = Steady::now();
  try {
    look(number, member);
    member.retry = kFirstRetry;
    timetable.set(number, Steady::now() + next_look(number));
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled && ending.context().cancelled()) throw;
    member.connected = false;
    member.link.disconnect();
    set_state(number, is_refusal(e) ? NodeState::kPending : NodeState::kUnreachable, e.message(), begin);
    timetable.set(number, Steady::now() + member.retry);
    member.retry = std::min(member.retry * 2, options.longest_retry);
  }
  mark_tried(number, began);
}

// The wall's clock goes on while a computer sleeps.
bool Pool::State::has_slept() const { return std::chrono::abs(wall_now() - last_beat.load()) > kLongestPause; }

void Pool::State::beat() {
  if (has_slept()) distrust();
  last_beat = wall_now();
}

void Pool::State::distrust() {
  distrusted = Steady::now().time_since_epoch().count();
  {
    const auto lock = members.lock();
    for (const auto& [number, member] : *lock) member->last_pong = member->last_ping = distrusted.load();
  }
  const std::vector<NodePtr> nodes = inventory.lock()->unwell();
  for (const NodePtr& node : nodes) {
    if (node->state == NodeState::kUnhealthy) {
      change_node(node->number, [](Node& hung) { hung.state_since = wall_now(); });
    } else if (node->state == NodeState::kUnreachable || node->state == NodeState::kDisconnected) {
      change_node(node->number, [](Node& away) { away.tried = false; });
      timetable.set(node->number, Steady::now());
    }
  }
}

void Pool::State::mark_tried(NodeNumber number, Steady::time_point began) {
  const NodePtr node = inventory.lock()->node(number);
  if (!node || node->tried || began.time_since_epoch().count() < distrusted) return;
  change_node(number, [](Node& tried) { tried.tried = true; });
}

void Pool::State::look(NodeNumber number, Member& member) {
  const ChangeQueue::WholeLook whole(changes, number);
  member.last_pong = member.last_ping = Steady::now().time_since_epoch().count();
  member.connected = true;  // a break while connecting is to be heard of
  EngineView view = member.link.connect(ending.context().with_timeout(options.connect_timeout));
  ++counters.event_streams;
  if (member.lost_before.exchange(false)) ++counters.event_stream_resumes;
  if (view.info.system_time) {
    const auto skew = std::chrono::duration_cast<std::chrono::seconds>(*view.info.system_time - wall_now());
    if (std::chrono::abs(skew) > kMostSkew) {
      throw Error(Kind::kConflict, "its clock differs from the manager's by " + std::to_string(skew.count()) +
                                       " seconds: set it right (NTP)");
    }
  }
  {
    const auto lock = inventory.lock();
    const NodePtr known = lock->node(number);
    if (!known) return;
    if (const NodePtr other = lock->same_engine(view.info.id, number)) {
      throw Error(Kind::kConflict, "its engine id " + view.info.id + " is that of '" + other->name() + "' at " +
                                       other->address +
                                       " too: remove /var/lib/docker/engine-id or "
                                       "/etc/docker/key.json there and restart the engine");
    }
    auto node = std::make_shared<Node>(*known);
    node->settings = settings_of(view.info.id);
    node->info = std::move(view.info);
    node->api_version = view.api_version;
    node->builder_version = std::move(view.builder_version);
    node->updated = wall_now();
    lock->put_listing(number, Listing::kImages, std::move(view.listings[0]));
    lock->put_node(std::move(node));
    for (const Listing listing : {Listing::kNetworks, Listing::kVolumes}) {
      lock->put_listing(number, listing, std::move(view.listings[static_cast<std::size_t>(listing)]));
    }
    lock->replace_containers(number, std::move(view.containers));
  }
  member.last_pong = Steady::now().time_since_epoch().count();
  if (!member.connected) throw Error(Kind::kUnavailable, "the connection broke off again");
  set_state(number, NodeState::kHealthy, "");
  member.link.client().close_idle();
}

void Pool::State::on_lost(NodeNumber number, const std::string& reason) {
  const MemberPtr lost = member(number);
  if (!lost || !lost->connected.exchange(false)) return;
  ++counters.event_stream_losses;
  lost->lost_before = true;
  set_state(number, NodeState::kDisconnected, reason);
  timetable.set(number, Steady::now());
}

// --- signs of life

void Pool::State::on_pong(NodeNumber number) {
  const MemberPtr from = member(number);
  if (!from) return;
  from->last_pong = Steady::now().time_since_epoch().count();
  if (!from->connected) return;
  const NodePtr node = inventory.lock()->node(number);
  if (node && node->state == NodeState::kUnhealthy) {
    set_state(number, NodeState::kHealthy, "");
    timetable.set(number, Steady::now());  // what happened meanwhile is looked at anew
  }
}

void Pool::State::keep_pinging() {
  try {
    for (;;) ping_all();
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.message());
  }
}

// A large pool is asked less often, so that the asking costs the same: at ten thousand nodes every six seconds, which
// leaves a hung one three seconds to answer.
void Pool::State::ping_all() {
  std::vector<std::pair<NodeNumber, MemberPtr>> all;
  {
    const auto lock = members.lock();
    all.assign(lock->begin(), lock->end());
  }
  using std::chrono::microseconds;
  const microseconds interval = std::clamp<microseconds>(kPingPause * all.size(), options.shortest_ping, kLongestPing);
  const Steady::time_point begin = Steady::now();
  const auto wait_for = [&](Steady::time_point due) {
    while (Steady::now() < due) {
      const auto left = std::clamp<Steady::duration>(due - Steady::now(), kPingStep, kJudgePause);
      ending.context().sleep_for(left);
      beat();
      judge(all);
    }
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    wait_for(begin + interval * i / all.size());
    ping(*all[i].second, Steady::now());
  }
  wait_for(begin + interval);
}

void Pool::State::ping(Member& member, Steady::time_point now) {
  if (!member.connected) return;
  const Steady::time_point pong{Steady::duration(member.last_pong.load())};
  const Steady::time_point asked{Steady::duration(member.last_ping.load())};
  // One question at a time: an engine that hangs is not buried in them.
  if (asked > pong && now - asked < options.hung_after) return;
  member.last_ping = now.time_since_epoch().count();
  member.link.ping();
}

void Pool::State::judge(const std::vector<std::pair<NodeNumber, MemberPtr>>& all) {
  const Steady::time_point now = Steady::now();
  if (now < next_judging) return;
  next_judging = now + kJudgePause;
  for (const auto& [number, member] : all) {
    const Steady::time_point pong{Steady::duration(member->last_pong.load())};
    if (now - pong < options.hung_after || !member->connected || member->last_ping <= member->last_pong) continue;
    const NodePtr node = inventory.lock()->node(number);
    if (!node || node->state == NodeState::kUnhealthy) continue;
    set_state(number, NodeState::kUnhealthy,
              "its engine has not answered for " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - pong).count()) + " seconds");
  }
}

// --- events

void Pool::State::on_event(NodeNumber number, std::string_view json) {
  NodeEvent event = parse_node_event(json);
  const NodePtr node = inventory.lock()->node(number);
  if (!node) return;
  note(event, number);
  hub.publish(std::make_shared<const PoolEvent>(pool_event(std::move(event), *node)));
}

void Pool::State::note(const NodeEvent& event, NodeNumber number) {
  switch (event.concerns()) {
    case NodeEvent::Concern::kNothing:
      return;
    case NodeEvent::Concern::kContainer:
      return changes.add(number, event.container());
    case NodeEvent::Concern::kContainerEnded:
      return changes.add_ended(number, event.actor_id);
    case NodeEvent::Concern::kContainerGone:
      inventory.lock()->remove_container(number, event.actor_id);
      // A look that is under way may have seen it still, and bring it back.
      return changes.add(number, event.actor_id);
    case NodeEvent::Concern::kImages:
      return changes.add(number, Listing::kImages);
    case NodeEvent::Concern::kNetworks:
      return changes.add(number, Listing::kNetworks);
    case NodeEvent::Concern::kVolumes:
      return changes.add(number, Listing::kVolumes);
    case NodeEvent::Concern::kEngine:
      return timetable.set(number, Steady::now());
  }
}

void Pool::State::keep_refreshing() {
  try {
    for (;;) {
      const ChangeQueue::Work work = changes.take(ending.context());
      try {
        refresh(work);
      } catch (const Error& e) {
        if (e.kind() == Kind::kCancelled && ending.context().cancelled()) throw;
        // The node is looked at whole, which tells also whether it can be reached at all.
        log(LogLevel::kDebug, e.message());
        timetable.set(work.node, Steady::now());
      }
      {
        const auto lock = made.lock();
        for (const std::string& id : work.changes.containers) lock->erase(id);
      }
      changes.done(work.node);
    }
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.message());
  }
}

namespace {

// Some engines (20.10 nearly always) still list a container as running when they have told its end. Asking for the
// container itself waits until they have noted it.
bool lists_too_early(const Context& context, EngineLink& link, const std::vector<ContainerPtr>& found,
                     const std::set<std::string>& ended) {
  bool any = false;
  for (const ContainerPtr& container : found) {
    if (container->state() != "running" || !ended.contains(container->id())) continue;
    any = true;
    try {
      link.get(context, "/containers/" + container->id() + "/json");
    } catch (const Error& e) {
      if (e.kind() != Kind::kNotFound) throw;
    }
  }
  return any;
}

std::vector<ContainerPtr> changed_containers(const Context& context, EngineLink& link, const Changes& changes) {
  const std::vector<std::string> ids(changes.containers.begin(), changes.containers.end());
  std::vector<ContainerPtr> found = link.containers(context, ids);
  return lists_too_early(context, link, found, changes.ended) ? link.containers(context, ids) : found;
}

}  // namespace

void Pool::State::refresh(const ChangeQueue::Work& work) {
  const MemberPtr at = member(work.node);
  if (!at || !at->connected) return;  // connecting looks at everything
  const Context context = ending.context().with_timeout(kLookTimeout);
  if (!work.changes.containers.empty()) {
    std::vector<ContainerPtr> found = changed_containers(context, at->link, work.changes);
    std::set<std::string> gone = work.changes.containers;
    const auto lock = inventory.lock();
    for (ContainerPtr& container : found) {
      gone.erase(container->id());
      lock->put_container(std::move(container));
    }
    for (const std::string& id : gone) lock->remove_container(work.node, id);
  }
  for (const Listing listing : kListings) {
    if (!work.changes.listings[static_cast<std::size_t>(listing)]) continue;
    std::string text = at->link.listing(context, listing);
    inventory.lock()->put_listing(work.node, listing, std::move(text));
  }
}

}  // namespace berth::swarm
