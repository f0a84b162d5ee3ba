#include "swarm/placement/state.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "swarm/placement/attribute.h"
#include "swarm/placement/request_labels.h"
#include "swarm/placement/view.h"

namespace berth::swarm::placement {
namespace {

constexpr std::uint64_t kRankGap = std::uint64_t{1} << 40;
constexpr std::size_t kShortId = 12;
constexpr std::size_t kMostTopologies = 32;

// The first twelve digits of an engine's container id as a number; nothing when they are no hexadecimal digits.
std::optional<std::uint64_t> short_id(std::string_view id) {
  if (id.size() < kShortId) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : id.substr(0, kShortId)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

// Ids that begin alike are found by their beginning.
std::size_t hash_of_id(std::string_view id) {
  const auto number = short_id(id);
  return number ? *number * 0x9e3779b97f4a7c15 >> 8 : hash_of(id);
}

void add(NodeCounts& counts, Slot slot, int by) {
  if (by > 0) {
    ++counts[slot];
  } else if (const auto found = counts.find(slot); --found->second == 0) {
    counts.erase(found);
  }
}

// As add(), to the entry of a map, which goes with its last count.
template <typename Map>
void add_at(Map& map, Symbol key, Slot slot, int by) {
  NodeCounts& counts = map[key];
  add(counts, slot, by);
  if (counts.empty()) map.erase(key);
}

}  // namespace

ClusterState::ClusterState() : views_(std::make_unique<Views>()) {}
ClusterState::~ClusterState() = default;

// Nodes.

void ClusterState::set_node(Node node) {
  NodeRecord& record = slot_for(node.id);
  if (record.node == node && record.rank != 0) return;
  const bool renamed = record.rank == 0 || record.node.name != node.name;
  if (record.rank != 0 && renamed) by_name_.erase({record.node.name, record.node.id.value});
  record.node = std::move(node);
  record.slots = parse_integer(attribute_of(record.node, "containerslots"));
  if (renamed) give_rank(record);
  for (const auto& [attributes, topology] : topologies_) topology->set_node(record.slot, record.node);
  note(record.slot, kFacts);
}

NodeRecord& ClusterState::slot_for(const NodeId& id) {
  const auto [found, added] = by_id_.try_emplace(id.value, Slot(slots_.size()));
  if (!added) return slots_[found->second];
  if (unused_slots_.empty()) {
    slots_.emplace_back();
  } else {
    found->second = unused_slots_.back();
    unused_slots_.pop_back();
  }
  NodeRecord& record = slots_[found->second];
  record = NodeRecord();
  record.used = true;
  record.slot = found->second;
  record.node.id = id;
  return record;
}

// A number between those of its neighbours, so that comparing ranks compares names.
void ClusterState::give_rank(NodeRecord& record) {
  const auto at = by_name_.emplace(std::pair(record.node.name, record.node.id.value), record.slot).first;
  const std::uint64_t before = at == by_name_.begin() ? 0 : slots_[std::prev(at)->second].rank;
  const bool last = std::next(at) == by_name_.end();
  const std::uint64_t after = last ? before + 2 * kRankGap : slots_[std::next(at)->second].rank;
  record.rank = before + (after - before) / 2;
  if (record.rank == before || after < before) rank_all_anew();
}

void ClusterState::rank_all_anew() {
  std::uint64_t rank = 0;
  for (const auto& [name, slot] : by_name_) slots_[slot].rank = rank += kRankGap;
  ++ranks_version_;
}

bool ClusterState::remove_node(const NodeId& id) {
  const auto found = by_id_.find(id.value);
  if (found == by_id_.end()) return false;
  NodeRecord& record = slots_[found->second];
  while (!record.containers.empty()) remove_container(ContainerId(record.containers.back()->id));
  for (const auto& [attributes, topology] : topologies_) topology->remove_node(record.slot);
  note(record.slot, kFacts);
  unused_slots_.push_back(record.slot);
  by_name_.erase({record.node.name, record.node.id.value});
  by_id_.erase(found);
  record = NodeRecord();
  return true;
}

const NodeRecord* ClusterState::find_node(std::string_view id) const {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? nullptr : &slots_[found->second];
}

std::vector<Slot> ClusterState::nodes_named(std::string_view name) const {
  std::vector<Slot> slots;
  auto at = by_name_.lower_bound({std::string(name), std::string()});
  for (; at != by_name_.end() && at->first.first == name; ++at) slots.push_back(at->second);
  return slots;
}

std::vector<Slot> ClusterState::nodes_by_name() const {
  std::vector<Slot> slots;
  slots.reserve(by_name_.size());
  for (const auto& [name, slot] : by_name_) slots.push_back(slot);
  return slots;
}

void ClusterState::note(Slot slot, std::uint32_t flags) {
  if (journal_.size() > std::max<std::size_t>(4096, 4 * slots_.size())) {
    const std::size_t half = journal_.size() / 2;
    journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(half));
    journal_begin_ += half;
  }
  journal_.push_back(slot | flags);
}

// Containers.

ContainerRecord* ClusterState::known(std::string_view id) const {
  ContainerRecord* found = nullptr;
  containers_.each(hash_of_id(id), [&](ContainerRecord& record) {
    if (record.id == id) found = &record;
  });
  return found;
}

ContainerRecord& ClusterState::unused_record() {
  if (unused_records_.empty()) return records_.emplace_back();
  ContainerRecord* record = unused_records_.back();
  unused_records_.pop_back();
  return *record;
}

void ClusterState::set_container(const Container& container) {
  const auto node = by_id_.find(container.node.value);
  if (node == by_id_.end()) {
    throw Error(Kind::kNotFound,
                "node '" + container.node.value + "' of container '" + container.name + "' is not known");
  }
  ContainerRecord* record = known(container.id.value);
  if (record != nullptr) {
    detach(*record);
    release(*record);
  } else {
    record = &unused_record();
    record->id = container.id.value;
    containers_.insert(hash_of_id(record->id), record);
  }
  record->node = node->second;
  intern(container, *record);
  attach(*record);
}

bool ClusterState::remove_container(const ContainerId& id) {
  ContainerRecord* record = known(id.value);
  if (record == nullptr) return false;
  detach(*record);
  release(*record);
  containers_.erase(hash_of_id(record->id), record);
  unused_records_.push_back(record);
  return true;
}

bool ClusterState::promote_container(const ContainerId& pending, const ContainerId& real) {
  if (pending != real) remove_container(real);
  ContainerRecord* record = known(pending.value);
  if (record == nullptr) return false;
  containers_.erase(hash_of_id(record->id), record);
  record->id = real.value;
  record->pending = false;
  containers_.insert(hash_of_id(record->id), record);
  note(record->node);  // there may be affinities to the id
  return true;
}

bool ClusterState::set_running(const ContainerId& id, bool running) {
  ContainerRecord* record = known(id.value);
  if (record == nullptr) return false;
  if (record->running == running) return true;
  record->running = running;
  if (running) {
    ++slots_[record->node].running;
  } else {
    --slots_[record->node].running;
  }
  return true;
}

void ClusterState::intern(const Container& container, ContainerRecord& record) {
  record.name = container.name;
  record.pending = container.pending;
  record.running = container.running;
  record.nano_cpus = container.reservation.nano_cpus;
  record.memory = berth::count(container.reservation.memory);
  for (const auto& [name, amount] : container.reservation.generic) {
    record.generic.emplace_back(symbols_.take(name), amount);
  }
  record.image = symbols_.take(container.image);
  record.group = symbols_.take(group_of(container.labels, container.image));
  record.labels.reserve(container.labels.size());
  for (const auto& [name, value] : container.labels) {
    record.labels.emplace_back(symbols_.take(name), symbols_.take(value));
  }
  record.ports = container.ports;
  for (const std::string& volume : container.volumes) record.volumes.push_back(symbols_.take(volume));
  for (const std::string& network : container.networks) record.networks.push_back(symbols_.take(network));
  record.shares = container.shares;
  if (!record.name.empty()) containers_by_name_.insert(hash_of(record.name), &record);
}

// Leaves the record empty but for its id, with room for the texts of the next container.
void ClusterState::release(ContainerRecord& record) {
  if (!record.name.empty()) containers_by_name_.erase(hash_of(record.name), &record);
  for (const auto& [name, amount] : record.generic) symbols_.release(name);
  symbols_.release(record.image);
  symbols_.release(record.group);
  for (const auto& [name, value] : record.labels) {
    symbols_.release(name);
    symbols_.release(value);
  }
  for (const Symbol volume : record.volumes) symbols_.release(volume);
  for (const Symbol network : record.networks) symbols_.release(network);
  record.generic.clear();
  record.labels.clear();
  record.volumes.clear();
  record.networks.clear();
}

void ClusterState::attach(ContainerRecord& record) {
  NodeRecord& node = slots_[record.node];
  record.position = static_cast<std::uint32_t>(node.containers.size());
  node.containers.push_back(&record);
  if (record.running) ++node.running;
  node.reserved_cpus += record.nano_cpus;
  node.reserved_memory += record.memory;
  for (const auto& [name, amount] : record.generic) node.reserved_generic[symbols_.text(name)] += amount;
  count(record, +1);
  note(record.node);
}

void ClusterState::detach(ContainerRecord& record) {
  NodeRecord& node = slots_[record.node];
  node.containers[record.position] = node.containers.back();
  node.containers[record.position]->position = record.position;
  node.containers.pop_back();
  if (record.running) --node.running;
  node.reserved_cpus -= record.nano_cpus;
  node.reserved_memory -= record.memory;
  for (const auto& [name, amount] : record.generic) node.reserved_generic[symbols_.text(name)] -= amount;
  count(record, -1);
  note(record.node);
}

void ClusterState::count(const ContainerRecord& record, int by) {
  Group& group = groups_[record.group];
  add(group.nodes, record.node, by);
  for (Group::Branches& branches : group.branches) {
    const std::uint32_t branch = branches.topology->branch_of(record.node);
    if (branches.version != branches.topology->version()) continue;
    if (branch >= branches.counts.size()) branches.counts.resize(branches.topology->branches());
    branches.counts[branch] += static_cast<std::uint32_t>(by);
  }
  if (group.nodes.empty()) groups_.erase(record.group);
  for (const Symbol volume : record.volumes) add_at(volumes_, volume, record.node, by);
  for (const Symbol network : record.networks) add_at(networks_, network, record.node, by);
  if (!labels_.empty()) count_labels(record, by);
}

void ClusterState::count_labels(const ContainerRecord& record, int by) {
  for (const auto& [name, value] : record.labels) {
    if (const auto index = labels_.find(name); index != labels_.end()) add_at(index->second, value, record.node, by);
  }
}

const ContainerRecord* ClusterState::find_container(std::string_view id) const { return known(id); }

bool ClusterState::name_taken(std::string_view name) const {
  bool taken = false;
  containers_by_name_.each(hash_of(name), [&](const ContainerRecord& record) { taken |= record.name == name; });
  return taken;
}

std::vector<const ContainerRecord*> ClusterState::containers_called(std::string_view text) const {
  std::vector<const ContainerRecord*> found;
  if (const ContainerRecord* record = known(text)) found.push_back(record);
  containers_by_name_.each(hash_of(text), [&](const ContainerRecord& record) {
    if (record.name == text) found.push_back(&record);
  });
  if (!found.empty()) return found;
  if (short_id(text)) {
    containers_.each(hash_of_id(text), [&](const ContainerRecord& record) {
      if (record.id.starts_with(text)) found.push_back(&record);
    });
  }
  if (const auto [node, name] = cut(text, '/'); name) {
    for (const ContainerRecord* record : containers_called(*name)) {
      if (slots_[record->node].node.name == node) found.push_back(record);
    }
  }
  return found;
}

Container ClusterState::container(const ContainerRecord& record) const {
  Container container;
  container.id = ContainerId(record.id);
  container.name = record.name;
  container.node = slots_[record.node].node.id;
  container.pending = record.pending;
  container.running = record.running;
  container.reservation.nano_cpus = record.nano_cpus;
  container.reservation.memory = Bytes(record.memory);
  for (const auto& [name, amount] : record.generic) container.reservation.generic.emplace(symbols_.text(name), amount);
  container.image = symbols_.text(record.image);
  for (const auto& [name, value] : record.labels) container.labels.emplace(symbols_.text(name), symbols_.text(value));
  container.ports = record.ports;
  for (const Symbol volume : record.volumes) container.volumes.push_back(symbols_.text(volume));
  for (const Symbol network : record.networks) container.networks.push_back(symbols_.text(network));
  container.shares = record.shares;
  return container;
}

// What containers have in common.

Group* ClusterState::group(std::string_view name) {
  const auto symbol = symbols_.find(name);
  const auto found = symbol ? groups_.find(*symbol) : groups_.end();
  return found == groups_.end() ? nullptr : &found->second;
}

const NodeCounts* ClusterState::counts_of(const CountsBySymbol& index, std::string_view name) const {
  const auto symbol = symbols_.find(name);
  const auto found = symbol ? index.find(*symbol) : index.end();
  return found == index.end() ? nullptr : &found->second;
}

const NodeCounts* ClusterState::nodes_with_network(std::string_view name) const { return counts_of(networks_, name); }
const NodeCounts* ClusterState::nodes_with_volume(std::string_view name) const { return counts_of(volumes_, name); }

const NodeCounts* ClusterState::nodes_with_label(std::string_view name, std::string_view value) {
  const auto symbol = symbols_.find(name);
  if (!symbol) return nullptr;
  auto index = labels_.find(*symbol);
  if (index == labels_.end()) {
    index = labels_.try_emplace(symbols_.take(name)).first;
    for (const NodeRecord& node : slots_) {
      for (const ContainerRecord* record : node.containers) {
        for (const auto& [label, text] : record->labels) {
          if (label == *symbol) add_at(index->second, text, record->node, +1);
        }
      }
    }
  }
  return counts_of(index->second, value);
}

const Topology& ClusterState::topology(const std::vector<std::string>& attributes) {
  const auto found = topologies_.find(attributes);
  if (found != topologies_.end()) return *found->second;
  if (topologies_.size() == kMostTopologies) {
    views_->clear();
    for (auto& [name, group] : groups_) group.branches.clear();
    topologies_.clear();
  }
  auto topology = std::make_unique<Topology>(attributes);
  for (const NodeRecord& record : slots_) {
    if (record.used) topology->set_node(record.slot, record.node);
  }
  return *topologies_.emplace(attributes, std::move(topology)).first->second;
}

const std::vector<std::uint32_t>& ClusterState::counts(Group& group, const Topology& topology) {
  auto found = std::find_if(group.branches.begin(), group.branches.end(),
                            [&](const Group::Branches& branches) { return branches.topology == &topology; });
  if (found == group.branches.end()) found = group.branches.insert(found, {&topology, 0, {}});
  if (found->version != topology.version()) {
    found->version = topology.version();
    found->counts.assign(topology.branches(), 0);
    for (const auto& [slot, number] : group.nodes) found->counts[topology.branch_of(slot)] += number;
  }
  found->counts.resize(topology.branches());
  return found->counts;
}

}  // namespace berth::swarm::placement
