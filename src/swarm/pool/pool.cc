#include "swarm/pool/pool.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "swarm/pool/pool_state.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kSettleLimit{2'000};

// Of "10.0.0.5:2376"; empty for a socket.
std::string ip_of(const std::string& address) {
  if (address.find("://") != std::string::npos && !address.starts_with("tcp://")) return {};
  const std::size_t begin = address.starts_with("tcp://") ? 6 : 0;
  return address.substr(begin, address.rfind(':') - begin);
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

std::variant<Reservation, placement::Refusal> Pool::State::place(Inventory& inventory_now,
                                                                 const placement::Request& request) {
  placement::Options placing = options.placement;
  placing.seed += ++last_pending;
  auto placed = placement::place(inventory_now.cluster(), request, placing);
  if (auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    ++counters.refusals;
    return std::move(*refusal);
  }
  ++counters.placements;
  const placement::Decision& decision = std::get<placement::Decision>(placed);
  return hold(inventory_now, placement::NodeId(decision.node->id), request, "pending-" + std::to_string(placing.seed),
              decision.why());
}

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
    state_->recall(*node(number));
    state_->make_member(number, address);
  }
  *known = wanted;
}

void Pool::reopen(NodeNumber number) {
  const auto known = state_->addresses.lock();  // as set_members()
  std::optional<EngineAddress> address;
  {
    const auto numbers = state_->numbers.lock();
    for (const auto& [one, its_number] : *numbers) {
      if (its_number == number) address = one;
    }
  }
  if (!address) return;
  MemberPtr old;  // ends its connections when this returns, without the locks
  if (auto member = state_->members.lock()->extract(number)) old = std::move(member.mapped());
  state_->make_member(number, *address);
}

std::vector<NodePtr> Pool::nodes() const { return state_->inventory.lock()->nodes(); }
std::vector<NodePtr> Pool::unwell() const { return state_->inventory.lock()->unwell(); }
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
bool Pool::is_rescheduled(const Container& container) const {
  return state_->inventory.lock()->is_rescheduled(container);
}
std::vector<ContainerPtr> Pool::replacing() const { return state_->inventory.lock()->replacing(); }
std::set<std::string> Pool::take_rescheduled_changes() { return state_->inventory.lock()->take_rescheduled_changes(); }
placement::Cluster Pool::cluster() const { return state_->inventory.lock()->cluster().clone(); }

void Pool::recall(std::vector<Recalled> engines) {
  for (Recalled& engine : engines) {
    std::string address = engine.address;
    state_->recalled.lock()->insert_or_assign(std::move(address), std::move(engine));
  }
  for (const NodePtr& node : nodes()) state_->recall(*node);
}

bool Pool::awake() const { return !state_->has_slept(); }

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

PoolCounters& Pool::counters() { return state_->counters; }
EventHub& Pool::events() { return state_->hub; }

}  // namespace berth::swarm
