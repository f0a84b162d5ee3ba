#include "swarm/pool/inventory.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "swarm/pool/facts.h"

namespace berth::swarm {

namespace {

std::size_t index_of(NodeNumber number) { return static_cast<std::size_t>(number); }

}  // namespace

Inventory::NodeEntry* Inventory::entry(NodeNumber number) {
  return index_of(number) < nodes_.size() && nodes_[index_of(number)].node ? &nodes_[index_of(number)] : nullptr;
}

const Inventory::NodeEntry* Inventory::entry(NodeNumber number) const {
  return const_cast<Inventory*>(this)->entry(number);
}

NodeNumber Inventory::add_node(const std::string& address) {
  auto node = std::make_shared<Node>();
  node->number = NodeNumber{static_cast<std::uint32_t>(nodes_.size())};
  node->address = address;
  nodes_.emplace_back();
  set(nodes_.back(), std::move(node));
  return nodes_.back().node->number;
}

void Inventory::put_node(NodePtr node) {
  NodeEntry* known = entry(node->number);
  if (known == nullptr) return;
  set(*known, std::move(node));
  place(*known);
}

void Inventory::set(NodeEntry& entry, NodePtr node) {
  if (node->healthy()) {
    unwell_.erase(node->number);
  } else {
    unwell_.insert(node->number);
  }
  if (!entry.node || entry.node->name() != node->name() || entry.node->info.id != node->info.id) {
    const std::string& id = node->info.id;
    node_names_.set(node->number, {node->name(), node->address, id.empty() ? node->address : id});
    engine_ids_.set(node->number, id.empty() ? std::vector<std::string>() : std::vector{id});
  }
  entry.node = std::move(node);
}

// A node that was never seen has nothing that placement could go by.
void Inventory::place(NodeEntry& entry) {
  const std::string& id = entry.node->info.id;
  if (!entry.placed_as.empty() && entry.placed_as != id) cluster_.remove_node(placement::NodeId(entry.placed_as));
  const bool is_new = entry.placed_as != id;
  entry.placed_as = same_engine(id, entry.node->number) != nullptr ? std::string() : id;
  if (entry.placed_as.empty()) return;
  const ListingPtr& images = entry.listings[static_cast<std::size_t>(Listing::kImages)];
  cluster_.set_node(facts_of(*entry.node, images ? *images : std::string_view(), overcommit_));
  if (!is_new) return;
  for (const std::string& container : entry.containers) place(*containers_.at(container), entry, true);
}

void Inventory::place(const Container& container, const NodeEntry& entry, bool new_name) {
  if (entry.placed_as.empty()) return;
  const placement::ContainerId id(container.id());
  // What was made through us is known better from its request.
  if (cluster_.set_running(id, container.running())) {
    const auto known = new_name ? cluster_.find_container(id) : std::nullopt;
    if (!known || known->name == container.name()) return;
    placement::Container renamed = *known;
    renamed.name = container.name();
    cluster_.set_container(renamed);
    return;
  }
  cluster_.set_container(facts_of(container, placement::NodeId(entry.placed_as)));
}

void Inventory::remove_node(NodeNumber number) {
  NodeEntry* known = entry(number);
  if (known == nullptr) return;
  for (const std::string& id : std::exchange(known->containers, {})) forget(id);
  if (!known->placed_as.empty()) cluster_.remove_node(placement::NodeId(known->placed_as));
  for (NameIndex& index : words_) index.set(number, {});
  for (NameIndex* index : {&node_names_, &engine_ids_}) index->set(number, {});
  unwell_.erase(number);
  *known = {};
}

NodePtr Inventory::node(NodeNumber number) const {
  const NodeEntry* known = entry(number);
  return known != nullptr ? known->node : nullptr;
}

NodePtr Inventory::find_node(std::string_view name) const {
  if (name.empty()) return nullptr;
  std::vector<NodeNumber> found = node_names_.find(name);
  if (found.empty()) found = engine_ids_.find_beginning(name);
  return found.empty() ? nullptr : node(found.front());
}

std::vector<NodePtr> Inventory::nodes() const {
  std::vector<NodePtr> all;
  for (const NodeEntry& known : nodes_) {
    if (known.node) all.push_back(known.node);
  }
  return all;
}

std::vector<NodePtr> Inventory::unwell() const {
  std::vector<NodePtr> all;
  for (const NodeNumber number : unwell_) all.push_back(nodes_[index_of(number)].node);
  return all;
}

NodePtr Inventory::same_engine(const std::string& engine_id, NodeNumber but) const {
  if (engine_id.empty() || cluster_.find_node(placement::NodeId(engine_id)) == nullptr) return nullptr;
  for (const NodeEntry& known : nodes_) {
    if (known.node && known.node->number != but && known.placed_as == engine_id) return known.node;
  }
  return nullptr;
}

void Inventory::put_listing(NodeNumber number, Listing listing, std::string text) {
  NodeEntry* known = entry(number);
  if (known == nullptr) return;
  ListingPtr& kept = known->listings[static_cast<std::size_t>(listing)];
  if (kept && *kept == text) return;
  kept = std::make_shared<const std::string>(std::move(text));
  words_[static_cast<std::size_t>(listing)].set(number, words_of(listing, *kept));
  if (listing == Listing::kImages && !known->placed_as.empty()) place(*known);
}

ListingPtr Inventory::listing(NodeNumber number, Listing listing) const {
  static const ListingPtr kNone = std::make_shared<const std::string>("[]");
  const NodeEntry* known = entry(number);
  const ListingPtr kept = known != nullptr ? known->listings[static_cast<std::size_t>(listing)] : nullptr;
  return kept ? kept : kNone;
}

std::vector<NodePtr> Inventory::nodes_of(const std::vector<NodeNumber>& numbers) const {
  std::vector<NodePtr> nodes;
  for (const NodeNumber number : numbers) {
    if (NodePtr found = node(number)) nodes.push_back(std::move(found));
  }
  return nodes;
}

bool Inventory::lists(Listing listing, std::string_view word) const {
  return words_[static_cast<std::size_t>(listing)].has(word);
}

bool Inventory::lists(NodeNumber node, Listing listing, std::string_view word) const {
  return words_[static_cast<std::size_t>(listing)].has(word, node);
}

std::vector<NodePtr> Inventory::holders(Listing listing, std::string_view word) const {
  return nodes_of(words_[static_cast<std::size_t>(listing)].find(word));
}

std::vector<NodePtr> Inventory::holders_of_beginning(Listing listing, std::string_view text) const {
  return nodes_of(words_[static_cast<std::size_t>(listing)].find_beginning(text));
}

void Inventory::put_container(ContainerPtr container) { put(std::move(container), true); }

// A whole look at a node tells also what has not changed.
void Inventory::put(ContainerPtr container, bool by_event) {
  NodeEntry* known = entry(container->node());
  if (known == nullptr || is_stale(container)) return;
  ContainerPtr& kept = containers_[container->id()];
  const bool new_name = !kept || kept->name() != container->name();
  const bool changed = by_event || !kept || kept->fingerprint() != container->fingerprint();
  if (new_name) {
    if (kept) unname(kept->name(), kept->id());
    if (!container->name().empty()) names_[container->name()].push_back(container->id());
  }
  kept = std::move(container);
  if (kept->replaces().empty()) {
    replacing_.erase(kept->id());
  } else {
    replacing_.insert(kept->id());
  }
  if (changed) note_rescheduled(*kept);
  known->containers.insert(kept->id());
  place(*kept, *known, new_name);
}

bool Inventory::is_rescheduled(const Container& container) const {
  const placement::Reschedule policy = container.reschedule();
  return (policy == placement::Reschedule::kUnset ? by_default_ : policy) == placement::Reschedule::kOnNodeFailure;
}

void Inventory::note_rescheduled(const Container& container) {
  if (!is_rescheduled(container)) return;
  rescheduled_.insert(container.id());
  rescheduled_changes_.insert(container.id());
}

// One that was made past the manager has no swarm id; what takes its place gets its own id for one.
ContainerPtr Inventory::other_copy(const Container& container) const {
  const std::string& origin = container.swarm_id().empty() ? container.id() : container.swarm_id();
  const auto indexed = by_swarm_id_.find(origin);
  const auto found = containers_.find(indexed == by_swarm_id_.end() ? origin : indexed->second);
  return found == containers_.end() || found->first == container.id() ? nullptr : found->second;
}

bool Inventory::is_stale(const ContainerPtr& container) {
  if (!container->replaces().empty()) return false;
  if (const ContainerPtr other = other_copy(*container)) {
    const auto age = [](const Container& one) { return std::tuple(one.generation(), one.created(), one.id()); };
    // Two of one generation are two containers whose label was copied, by `docker commit` or by hand; unless they have
    // one name, too: then a manager was killed before it could say that it had made the first.
    if (other->generation() == container->generation() && other->name() != container->name()) return false;
    if (age(*other) > age(*container)) {
      stale_.push_back(container);
      remove_container(container->node(), container->id());
      return true;
    }
    stale_.push_back(other);
    remove_container(other->node(), other->id());
  }
  if (!container->swarm_id().empty()) by_swarm_id_[container->swarm_id()] = container->id();
  return false;
}

void Inventory::unname(const std::string& name, const std::string& id) {
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  std::erase(found->second, id);
  if (found->second.empty()) names_.erase(found);
}

void Inventory::forget(const std::string& id) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  unname(found->second->name(), id);
  if (const auto copy = by_swarm_id_.find(found->second->swarm_id());
      copy != by_swarm_id_.end() && copy->second == id) {
    by_swarm_id_.erase(copy);
  }
  cluster_.remove_container(placement::ContainerId(id));
  replacing_.erase(id);
  if (rescheduled_.erase(id) != 0) rescheduled_changes_.insert(id);
  containers_.erase(found);
}

void Inventory::remove_container(NodeNumber number, const std::string& id) {
  NodeEntry* known = entry(number);
  if (known == nullptr || known->containers.erase(id) == 0) return;
  forget(id);
}

void Inventory::replace_containers(NodeNumber number, std::vector<ContainerPtr> containers) {
  NodeEntry* known = entry(number);
  if (known == nullptr) return;
  std::set<std::string> gone = known->containers;
  for (ContainerPtr& container : containers) {
    gone.erase(container->id());
    put(std::move(container), false);
  }
  for (const std::string& id : gone) remove_container(number, id);
}

std::vector<ContainerPtr> Inventory::all_of(const std::set<std::string>& ids) const {
  std::vector<ContainerPtr> all;
  for (const std::string& id : ids) all.push_back(containers_.at(id));
  return all;
}

std::vector<ContainerPtr> Inventory::containers() const {
  std::vector<ContainerPtr> all;
  all.reserve(containers_.size());
  for (const auto& [id, container] : containers_) all.push_back(container);
  return all;
}

std::vector<ContainerPtr> Inventory::containers_of(NodeNumber number) const {
  std::vector<ContainerPtr> all;
  if (const NodeEntry* known = entry(number)) {
    for (const std::string& id : known->containers) all.push_back(containers_.at(id));
  }
  return all;
}

ContainerLookup Inventory::find_container(std::string_view text) const {
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty()) return NotFound{};
  if (const auto exact = containers_.find(text); exact != containers_.end()) return exact->second;
  if (const auto named = names_.find(std::string(text)); named != names_.end()) {
    return containers_.at(named->second.front());
  }
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const NodePtr node = find_node(text.substr(0, slash));
    const auto named = names_.find(std::string(text.substr(slash + 1)));
    if (!node || named == names_.end()) return NotFound{};
    for (const std::string& id : named->second) {
      if (containers_.at(id)->node() == node->number) return containers_.at(id);
    }
    return NotFound{};
  }
  const auto first = containers_.lower_bound(text);
  if (first == containers_.end() || !first->first.starts_with(text)) return NotFound{};
  const auto second = std::next(first);
  if (second != containers_.end() && second->first.starts_with(text)) return Ambiguous{};
  return first->second;
}

}  // namespace berth::swarm
