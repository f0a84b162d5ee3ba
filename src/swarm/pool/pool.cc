#include "swarm/pool/pool.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/log.h"
#include "net/pump.h"
#include "swarm/pool/agenda.h"
#include "swarm/pool/node_event.h"

namespace berth::swarm {

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{200};
constexpr milliseconds kEndpointRetry{1'000};
constexpr milliseconds kLookTimeout{10'000};
constexpr milliseconds kSettleLimit{2'000};
constexpr std::chrono::seconds kMostSkew{60};

engine::Time wall_now() { return std::chrono::system_clock::now(); }

// Of "10.0.0.5:2376"; empty for a socket.
std::string ip_of(const std::string& address) {
  if (address.find("://") != std::string::npos && !address.starts_with("tcp://")) return {};
  const std::size_t begin = address.starts_with("tcp://") ? 6 : 0;
  return address.substr(begin, address.rfind(':') - begin);
}

// One engine and what the manager is at with it.
struct Member {
  Member(NodeNumber number, engine::Endpoint endpoint, net::Pump& pump, LinkListener& listener,
         std::shared_ptr<http::IdleShare> idle)
      : link(number, std::move(endpoint), pump, listener, std::move(idle)) {}

  EngineLink link;
  // For the worker that has the node.
  milliseconds retry = kFirstRetry;
  std::atomic<bool> connected = false;
  std::atomic<Steady::rep> last_pong = 0;  // time since the clock's epoch
  std::atomic<Steady::rep> last_ping = 0;
};
using MemberPtr = std::shared_ptr<Member>;

bool is_refusal(const Error& error) {
  return error.kind() == Kind::kUnsupported || error.kind() == Kind::kUnauthorized || error.kind() == Kind::kConflict ||
         error.kind() == Kind::kInvalid;
}

// Source: classic Swarm's words.
// `but`: the id of a container that may have it.
void refuse_taken_name(Inventory& inventory, const std::string& name, std::string_view but) {
  if (name.empty()) return;
  const ContainerLookup found = inventory.find_container("/" + name);
  const auto* known = std::get_if<ContainerPtr>(&found);
  // An id that begins like the name is no name.
  const bool listed = known != nullptr && (*known)->name() == name && (*known)->id() != but;
  if (!listed && !inventory.cluster().name_taken(name)) return;
  throw Error(Kind::kConflict, "Conflict: The name " + name +
                                   " is already assigned. You have to delete (or rename) that container to be able to "
                                   "assign " +
                                   name + " to a container again.");
}

Reservation hold(Inventory& inventory, const placement::NodeId& node, const placement::Request& request,
                 const std::string& id, std::string why) {
  inventory.cluster().set_container(placement::container_of(request, node, placement::ContainerId(id)));
  return {inventory.find_node(node.value), id, std::move(why)};
}

}  // namespace

struct Pool::State final : LinkListener {
  explicit State(PoolOptions chosen)
      : options(std::move(chosen)), inventory(Inventory(options.overcommit)), changes(options.gathering) {
    for (std::size_t i = 0; i < options.connectors; ++i) threads.emplace_back([this] { keep_connecting(); });
    for (std::size_t i = 0; i < options.refreshers; ++i) threads.emplace_back([this] { keep_refreshing(); });
    threads.emplace_back([this] { keep_pinging(); });
  }

  ~State() override {
    ending.cancel();
    threads.clear();
    members.lock()->clear();  // the links go before the pump
  }

  MemberPtr member(NodeNumber number) {
    const auto lock = members.lock();
    const auto found = lock->find(number);
    return found == lock->end() ? nullptr : found->second;
  }

  // A node whose endpoint can't be had yet, as its certificates are being made, is pending; it is tried again.
  void make_member(NodeNumber number, const EngineAddress& address);

  // --- threads
  void keep_connecting();
  void keep_refreshing();
  void keep_pinging();

  void connect(NodeNumber number, Member& member);
  void look(NodeNumber number, Member& member);
  void refresh(const ChangeQueue::Work& work);
  // Returns how long until it has to look again.
  milliseconds ping_all();
  void ping(NodeNumber number, Member& member, Steady::time_point now);

  // --- LinkListener
  void on_event(NodeNumber node, std::string_view json) override;
  void on_pong(NodeNumber node) override;
  void on_lost(NodeNumber node, const std::string& reason) override;

  std::variant<Reservation, placement::Refusal> place(Inventory& inventory_now, const placement::Request& request);
  void note(const NodeEvent& event, NodeNumber node);
  // A changed copy of the node's snapshot takes its place.
  template <typename Change>
  void change_node(NodeNumber number, Change change);
  NodeSettings settings_of(const std::string& engine_id) {
    const auto lock = settings.lock();
    const auto found = lock->find(engine_id);
    return found == lock->end() ? NodeSettings{} : found->second;
  }
  void set_state(NodeNumber number, NodeState state, const std::string& reason);

  const PoolOptions options;
  const std::shared_ptr<http::IdleShare> idle = std::make_shared<http::IdleShare>(options.idle_connections);
  CancelSource ending;
  EventHub hub;
  Guarded<Inventory> inventory;
  Guarded<std::unordered_map<NodeNumber, MemberPtr>> members;
  Guarded<EngineAddresses> addresses;
  Guarded<std::map<NodeNumber, EngineAddress>> unmade;
  Guarded<std::map<std::string, NodeSettings>> settings;  // by engine id
  Guarded<std::map<EngineAddress, NodeNumber>> numbers;
  // Nodes of containers that were made through us and have not been looked at yet, by id: whoever makes a container
  // starts it next, and need not wait for the look.
  Guarded<std::unordered_map<std::string, NodeNumber>> made;
  Timetable timetable;
  ChangeQueue changes;
  std::atomic<std::uint64_t> last_pending = 0;
  net::Pump pump;
  std::vector<std::jthread> threads;
};

template <typename Change>
void Pool::State::change_node(NodeNumber number, Change change) {
  const auto lock = inventory.lock();
  const NodePtr known = lock->node(number);
  if (!known) return;
  auto node = std::make_shared<Node>(*known);
  change(*node);
  lock->put_node(std::move(node));
}

void Pool::State::set_state(NodeNumber number, NodeState state, const std::string& reason) {
  const auto lock = inventory.lock();
  const NodePtr known = lock->node(number);
  if (!known || (known->state == state && known->reason == reason)) return;
  auto node = std::make_shared<Node>(*known);
  if (node->state != state) node->state_since = wall_now();
  const NodeState old_state = std::exchange(node->state, state);
  node->reason = reason;
  log(state == NodeState::kHealthy ? LogLevel::kInfo : LogLevel::kWarning,
      "node '" + node->name() + "' is " + std::string(name_of(state)) + (reason.empty() ? "" : ": " + reason));
  hub.publish(std::make_shared<const PoolEvent>(event_of_state(*node, old_state)));
  lock->put_node(std::move(node));
}

std::variant<Reservation, placement::Refusal> Pool::State::place(Inventory& inventory_now,
                                                                 const placement::Request& request) {
  placement::Options placing = options.placement;
  placing.seed += ++last_pending;
  auto placed = placement::place(inventory_now.cluster(), request, placing);
  if (auto* refusal = std::get_if<placement::Refusal>(&placed)) return std::move(*refusal);
  const placement::Decision& decision = std::get<placement::Decision>(placed);
  return hold(inventory_now, placement::NodeId(decision.node->id), request, "pending-" + std::to_string(placing.seed),
              decision.why());
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

void Pool::State::make_member(NodeNumber number, const EngineAddress& address) {
  try {
    engine::Endpoint endpoint =
        options.endpoint_of ? options.endpoint_of(address) : engine::endpoint_of(address.address);
    members.lock()->emplace(number, std::make_shared<Member>(number, std::move(endpoint), pump, *this, idle));
    timetable.set(number, Steady::now());
  } catch (const Error& e) {
    set_state(number, NodeState::kPending, e.message());
    unmade.lock()->emplace(number, address);
    timetable.set(number, Steady::now() + kEndpointRetry);
  }
}

void Pool::State::connect(NodeNumber number, Member& member) {
  try {
    look(number, member);
    member.retry = kFirstRetry;
    timetable.set(number, Steady::now() + options.look_again);
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled && ending.context().cancelled()) throw;
    member.connected = false;
    member.link.disconnect();
    set_state(number, is_refusal(e) ? NodeState::kPending : NodeState::kUnreachable, e.message());
    timetable.set(number, Steady::now() + member.retry);
    member.retry = std::min(member.retry * 2, options.longest_retry);
  }
}

void Pool::State::look(NodeNumber number, Member& member) {
  member.last_pong = member.last_ping = Steady::now().time_since_epoch().count();
  member.connected = true;  // a break while connecting is to be heard of
  EngineView view = member.link.connect(ending.context().with_timeout(options.connect_timeout));
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
    for (;;) ending.context().sleep_for(ping_all());
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.message());
  }
}

// A large pool is asked less often, so that the asking costs the same: at ten thousand nodes every five seconds.
milliseconds Pool::State::ping_all() {
  std::vector<std::pair<NodeNumber, MemberPtr>> all;
  {
    const auto lock = members.lock();
    all.assign(lock->begin(), lock->end());
  }
  const auto interval = std::max<milliseconds>(options.shortest_ping, milliseconds(all.size() / 2));
  const Steady::time_point round_end = Steady::now() + interval;
  // Spread over the interval, in steps of at least 10 ms.
  const auto steps = std::max<std::size_t>(1, static_cast<std::size_t>(interval / milliseconds(10)));
  const std::size_t in_step = std::max<std::size_t>(1, (all.size() + steps - 1) / steps);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ping(all[i].first, *all[i].second, Steady::now());
    if ((i + 1) % in_step == 0) ending.context().sleep_for(milliseconds(10));
  }
  return std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(round_end - Steady::now()));
}

void Pool::State::ping(NodeNumber number, Member& member, Steady::time_point now) {
  if (!member.connected) return;
  const Steady::time_point pong{Steady::duration(member.last_pong.load())};
  const Steady::time_point asked{Steady::duration(member.last_ping.load())};
  // One question at a time: an engine that hangs is not buried in them.
  if (asked > pong && now - asked < options.hung_after) {
    if (now - pong >= options.hung_after) {
      set_state(number, NodeState::kUnhealthy,
                "its engine has not answered for " +
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - pong).count()) + " seconds");
    }
    return;
  }
  member.last_ping = now.time_since_epoch().count();
  member.link.ping();
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
    case NodeEvent::Concern::kContainerGone:
      return inventory.lock()->remove_container(number, event.actor_id);
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

void Pool::State::refresh(const ChangeQueue::Work& work) {
  const MemberPtr at = member(work.node);
  if (!at || !at->connected) return;  // connecting looks at everything
  const Context context = ending.context().with_timeout(kLookTimeout);
  if (!work.changes.containers.empty()) {
    const std::vector<std::string> ids(work.changes.containers.begin(), work.changes.containers.end());
    std::vector<ContainerPtr> found = at->link.containers(context, ids);
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

// --- Pool

Pool::Pool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Pool::~Pool() = default;

void Pool::set_members(const EngineAddresses& wanted) {
  auto known = state_->addresses.lock();
  const AddressChanges changes = changes_between(*known, wanted);
  std::vector<MemberPtr> gone;  // they end their connections when this returns, without the locks
  for (const EngineAddress& address : changes.removed) {
    const NodeNumber number = state_->numbers.lock()->extract(address).mapped();
    if (auto member = state_->members.lock()->extract(number)) gone.push_back(std::move(member.mapped()));
    state_->unmade.lock()->erase(number);
    state_->timetable.drop(number);
    state_->changes.drop(number);
    state_->inventory.lock()->remove_node(number);
    std::erase_if(*state_->made.lock(), [&](const auto& container) { return container.second == number; });
  }
  for (const EngineAddress& address : changes.added) {
    const NodeNumber number = state_->inventory.lock()->add_node(address.address);
    state_->numbers.lock()->emplace(address, number);
    state_->change_node(number, [&](Node& node) {
      node.ip = ip_of(address.address);
      node.info.name = address.name;
      node.state_since = wall_now();
      node.reason = "not connected yet";
    });
    state_->make_member(number, address);
  }
  *known = wanted;
}

std::vector<NodePtr> Pool::nodes() const { return state_->inventory.lock()->nodes(); }
NodePtr Pool::node(NodeNumber number) const { return state_->inventory.lock()->node(number); }
NodePtr Pool::find_node(std::string_view name) const { return state_->inventory.lock()->find_node(name); }
std::vector<ContainerPtr> Pool::containers() const { return state_->inventory.lock()->containers(); }
std::vector<ContainerPtr> Pool::containers_of(NodeNumber number) const {
  return state_->inventory.lock()->containers_of(number);
}
ContainerLookup Pool::find_container(std::string_view text) const {
  ContainerLookup found = state_->inventory.lock()->find_container(text);
  if (!std::holds_alternative<NotFound>(found)) return found;
  const auto made = state_->made.lock();
  const auto just_made = made->find(std::string(text));
  if (just_made == made->end()) return found;
  return std::make_shared<const Container>(just_made->second, "{\"Id\":\"" + just_made->first + "\"}", wall_now());
}
ListingPtr Pool::listing(NodeNumber number, Listing listing) const {
  return state_->inventory.lock()->listing(number, listing);
}

bool Pool::lists(Listing listing, std::string_view word) const {
  return state_->inventory.lock()->lists(listing, word);
}

bool Pool::lists(NodeNumber node, Listing listing, std::string_view word) const {
  return state_->inventory.lock()->lists(node, listing, word);
}

std::vector<NodePtr> Pool::holders(Listing listing, std::string_view word) const {
  return state_->inventory.lock()->holders(listing, word);
}

std::vector<NodePtr> Pool::holders_of_beginning(Listing listing, std::string_view text) const {
  return state_->inventory.lock()->holders_of_beginning(listing, text);
}

placement::Usage Pool::usage(const Node& node) const {
  return state_->inventory.lock()->cluster().usage(placement::NodeId(node.info.id)).value_or(placement::Usage{});
}

const PoolOptions& Pool::options() const { return state_->options; }

std::shared_ptr<http::Client> Pool::client(NodeNumber number) const {
  const MemberPtr member = state_->member(number);
  return member ? std::shared_ptr<http::Client>(member, &member->link.client()) : nullptr;
}

std::string Pool::call(const Context& context, NodeNumber number, const std::string& method, const std::string& path,
                       std::string body) const {
  const MemberPtr member = state_->member(number);
  if (!member) throw Error(Kind::kNotFound, "the node is gone");
  return member->link.call(context, method, path, std::move(body));
}

std::variant<Reservation, placement::Refusal> Pool::reserve(const placement::Request& request) {
  const auto lock = state_->inventory.lock();
  refuse_taken_name(*lock, request.name, {});
  return state_->place(*lock, request);
}

std::variant<Reservation, placement::Refusal> Pool::reserve_instead(const Container& lost,
                                                                    const placement::Request& request) {
  const auto lock = state_->inventory.lock();
  placement::Cluster& cluster = lock->cluster();
  const placement::ContainerId id(lost.id());
  const auto held = cluster.find_container(id);
  cluster.remove_container(id);
  std::variant<Reservation, placement::Refusal> placed;
  try {
    refuse_taken_name(*lock, request.name, lost.id());
    placed = state_->place(*lock, request);
  } catch (const Error&) {
    if (held) cluster.set_container(*held);
    throw;
  }
  if (held) cluster.set_container(*held);
  return placed;
}

Reservation Pool::reserve_on(const Node& node, const placement::Request& request) {
  const auto lock = state_->inventory.lock();
  refuse_taken_name(*lock, request.name, {});
  return hold(*lock, placement::NodeId(node.info.id), request, "pending-" + std::to_string(++state_->last_pending),
              "as asked for");
}

void Pool::fulfil(const Reservation& reservation, const std::string& container_id) {
  {
    const auto lock = state_->inventory.lock();
    placement::Cluster& cluster = lock->cluster();
    // The engine's event may have been quicker: then what is known from the request takes its place.
    const placement::ContainerId real(container_id);
    cluster.remove_container(real);
    cluster.promote_container(placement::ContainerId(reservation.id), real);
  }
  state_->made.lock()->insert_or_assign(container_id, reservation.node->number);
  touch(reservation.node->number, container_id);
}

void Pool::release(const Reservation& reservation) {
  state_->inventory.lock()->cluster().remove_container(placement::ContainerId(reservation.id));
}

void Pool::touch(NodeNumber number, const std::string& container_id) { state_->changes.add(number, container_id); }
void Pool::touch(NodeNumber number, Listing listing) { state_->changes.add(number, listing); }

void Pool::settle(const Context& context) {
  try {
    state_->changes.settle(context.with_timeout(kSettleLimit));
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout) throw;
    context.check();
  }
}

std::vector<ContainerPtr> Pool::rescheduled() const { return state_->inventory.lock()->rescheduled(); }
std::vector<ContainerPtr> Pool::take_stale() { return state_->inventory.lock()->take_stale(); }

void Pool::set_settings(std::map<std::string, NodeSettings> settings) {
  {
    const auto lock = state_->settings.lock();
    *lock = std::move(settings);
  }
  for (const NodePtr& node : nodes()) {
    const NodeSettings wanted = state_->settings_of(node->info.id);
    if (node->settings == wanted) continue;
    state_->change_node(node->number, [&](Node& changed) { changed.settings = wanted; });
  }
}

EventHub& Pool::events() { return state_->hub; }

}  // namespace berth::swarm
