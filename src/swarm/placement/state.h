// Inside of Cluster: records of nodes and containers with their indices. For this folder's files only.
//
// Nodes live in slots, so that an index names one by a small number. What changes about a slot is noted in a journal,
// from which the views of the scheduler (view.h) bring themselves up to date when they are next used: a change costs
// the same however many views there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "swarm/placement/facts.h"
#include "swarm/placement/record_index.h"
#include "swarm/placement/symbols.h"
#include "swarm/placement/topology.h"

namespace berth::swarm::placement {

class Views;

// A Container with its texts interned: there are hundreds of thousands.
struct ContainerRecord {
  std::string id;
  std::string name;
  Slot node = 0;
  std::uint32_t position = 0;  // in its node's list
  bool pending = false;
  bool running = false;
  std::int64_t nano_cpus = 0;
  std::int64_t memory = 0;
  std::vector<std::pair<Symbol, std::int64_t>> generic;
  Symbol image{};
  Symbol group{};
  std::vector<std::pair<Symbol, Symbol>> labels;
  std::vector<HostPort> ports;
  std::vector<Symbol> volumes;
  std::vector<Symbol> networks;
  std::vector<std::string> shares;
};

struct NodeRecord {
  bool used = false;  // this slot has a node
  Slot slot = 0;
  Node node;
  std::uint64_t rank = 0;             // of (name, id) among all: ties go to the lowest
  std::optional<std::int64_t> slots;  // by the label containerslots
  std::vector<ContainerRecord*> containers;
  std::size_t running = 0;
  std::int64_t reserved_cpus = 0;
  std::int64_t reserved_memory = 0;
  std::map<std::string, std::int64_t, std::less<>> reserved_generic;

  std::int64_t free_cpus() const { return node.capacity.nano_cpus - reserved_cpus; }
  std::int64_t free_memory() const { return count(node.capacity.memory) - reserved_memory; }
};

// On how many nodes something is, and how often on each.
using NodeCounts = std::unordered_map<Slot, std::uint32_t>;

// The containers that are replicas of one thing.
struct Group {
  struct Branches {
    const Topology* topology = nullptr;
    std::uint64_t version = 0;  // of the topology at the time of counting
    std::vector<std::uint32_t> counts;
  };
  NodeCounts nodes;
  std::vector<Branches> branches;
};

class ClusterState {
 public:
  ClusterState();
  ~ClusterState();
  ClusterState(const ClusterState&) = delete;
  ClusterState& operator=(const ClusterState&) = delete;

  void set_node(Node node);
  bool remove_node(const NodeId& id);
  void set_container(const Container& container);
  bool promote_container(const ContainerId& pending, const ContainerId& real);
  bool set_running(const ContainerId& id, bool running);
  bool remove_container(const ContainerId& id);

  // By slot; some may be unused.
  const std::vector<NodeRecord>& slots() const { return slots_; }
  const NodeRecord& at(Slot slot) const { return slots_[slot]; }
  const NodeRecord* find_node(std::string_view id) const;
  std::vector<Slot> nodes_named(std::string_view name) const;
  std::vector<Slot> nodes_by_name() const;
  std::size_t node_count() const { return by_id_.size(); }

  const ContainerRecord* find_container(std::string_view id) const;
  // Containers that a user may mean: by id, its first twelve digits or more, name, "node/name".
  std::vector<const ContainerRecord*> containers_called(std::string_view text) const;
  bool name_taken(std::string_view name) const;
  std::size_t container_count() const { return containers_.size(); }
  Container container(const ContainerRecord& record) const;

  const Symbols& symbols() const { return symbols_; }
  // Null: no container is in it.
  Group* group(std::string_view name);
  const NodeCounts* nodes_with_network(std::string_view name) const;
  const NodeCounts* nodes_with_volume(std::string_view name) const;

  // Nodes with a container that has this label; null when there are none. The index of a label's name is made when it
  // is first asked for.
  const NodeCounts* nodes_with_label(std::string_view name, std::string_view value);

  // Made when first asked for. Valid until the next call with other attributes.
  const Topology& topology(const std::vector<std::string>& attributes);
  // How many of the group's containers each branch has.
  const std::vector<std::uint32_t>& counts(Group& group, const Topology& topology);
  Views& views() { return *views_; }

  // Changes since the state was made. Entry: a slot, with kFacts when more than its containers changed.
  static constexpr std::uint32_t kFacts = 1U << 31;
  std::uint64_t journal_begin() const { return journal_begin_; }
  std::uint64_t journal_end() const { return journal_begin_ + journal_.size(); }
  std::uint32_t journal(std::uint64_t at) const { return journal_[at - journal_begin_]; }
  // Changes whenever ranks of nodes were given anew; no view is valid any more then.
  std::uint64_t ranks_version() const { return ranks_version_; }

 private:
  using CountsBySymbol = std::unordered_map<Symbol, NodeCounts>;

  NodeRecord& slot_for(const NodeId& id);
  void give_rank(NodeRecord& record);
  void rank_all_anew();
  void note(Slot slot, std::uint32_t flags = 0);

  ContainerRecord* known(std::string_view id) const;
  ContainerRecord& unused_record();
  void intern(const Container& container, ContainerRecord& record);
  void release(ContainerRecord& record);
  void attach(ContainerRecord& record);
  void detach(ContainerRecord& record);
  void count(const ContainerRecord& record, int by);
  const NodeCounts* counts_of(const CountsBySymbol& index, std::string_view name) const;
  void count_labels(const ContainerRecord& record, int by);

  std::vector<NodeRecord> slots_;
  std::vector<Slot> unused_slots_;
  std::unordered_map<std::string, Slot> by_id_;
  std::map<std::pair<std::string, std::string>, Slot> by_name_;  // name and id
  std::uint64_t ranks_version_ = 0;

  std::deque<ContainerRecord> records_;  // does not move them
  std::vector<ContainerRecord*> unused_records_;
  RecordIndex containers_;          // by id
  RecordIndex containers_by_name_;  // those that have one

  Symbols symbols_;
  std::unordered_map<Symbol, Group> groups_;
  CountsBySymbol networks_;
  CountsBySymbol volumes_;
  std::unordered_map<Symbol, CountsBySymbol> labels_;  // by name, then value

  std::map<std::vector<std::string>, std::unique_ptr<Topology>> topologies_;
  std::vector<std::uint32_t> journal_;
  std::uint64_t journal_begin_ = 0;
  std::unique_ptr<Views> views_;
};

}  // namespace berth::swarm::placement
