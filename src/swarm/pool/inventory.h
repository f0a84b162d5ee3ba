// Everything the manager knows of its engines, in memory.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "swarm/placement/cluster.h"
#include "swarm/pool/container.h"
#include "swarm/pool/engine_link.h"
#include "swarm/pool/name_index.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// What a list of an engine (images, networks, volumes) says; shared with readers.
using ListingPtr = std::shared_ptr<const std::string>;

struct NotFound {};
struct Ambiguous {};  // several ids begin that way
using ContainerLookup = std::variant<ContainerPtr, NotFound, Ambiguous>;

// Nodes and containers with their indices, and placement's Cluster kept in step. Values in and out, nothing waits; not
// for several threads at once: the Pool guards it.
class Inventory {
 public:
  // `by_default`: what becomes of containers that say nothing themselves when their node dies.
  explicit Inventory(double overcommit, placement::Reschedule by_default = placement::Reschedule::kOff)
      : overcommit_(overcommit), by_default_(by_default) {}

  // --- nodes
  NodeNumber add_node(const std::string& address);
  // The node's new snapshot.
  void put_node(NodePtr node);
  // Forgets a node and all it has.
  void remove_node(NodeNumber number);
  NodePtr node(NodeNumber number) const;           // null once removed
  NodePtr find_node(std::string_view name) const;  // by name, engine id, id's prefix or address; null when unknown
  std::vector<NodePtr> nodes() const;              // in the order of their numbers
  std::vector<NodePtr> unwell() const;             // those that are not healthy, in that order
  // Another node whose engine has this id; null when there is none.
  NodePtr same_engine(const std::string& engine_id, NodeNumber but) const;

  void put_listing(NodeNumber number, Listing listing, std::string text);
  ListingPtr listing(NodeNumber number, Listing listing) const;
  // Whether any node, or this one, lists a thing by this word (see words_of).
  bool lists(Listing listing, std::string_view word) const;
  bool lists(NodeNumber node, Listing listing, std::string_view word) const;
  // Nodes that list a thing by this word, and by a word that begins so.
  std::vector<NodePtr> holders(Listing listing, std::string_view word) const;
  std::vector<NodePtr> holders_of_beginning(Listing listing, std::string_view text) const;

  // --- containers
  // Of two with one swarm id the one made anew later stays; the other is a copy that its node still has from before it
  // was lost: it is not listed, and told by take_stale() so that it can be removed. One that has not taken the other's
  // place yet (Container::replaces) stands beside it.
  void put_container(ContainerPtr container);
  std::vector<ContainerPtr> take_stale() { return std::exchange(stale_, {}); }
  // Those that are to be made anew when their node dies.
  bool is_rescheduled(const Container& container) const;
  std::vector<ContainerPtr> rescheduled() const { return all_of(rescheduled_); }
  // Those that have not taken the place of what they replace yet.
  std::vector<ContainerPtr> replacing() const { return all_of(replacing_); }
  // Ids of rescheduled ones that have come, changed or gone since the last call.
  std::set<std::string> take_rescheduled_changes() { return std::exchange(rescheduled_changes_, {}); }
  void remove_container(NodeNumber number, const std::string& id);
  // All that the node has: those not among them are gone.
  void replace_containers(NodeNumber number, std::vector<ContainerPtr> containers);
  std::vector<ContainerPtr> containers() const;  // in the order of their ids
  std::vector<ContainerPtr> containers_of(NodeNumber number) const;
  std::size_t container_count() const { return containers_.size(); }
  // By id, name (with or without slash), "node/name", or an id's beginning: in this order.
  ContainerLookup find_container(std::string_view text) const;

  // What placement goes by. Containers that are being made live there only, until put_container() brings them.
  placement::Cluster& cluster() { return cluster_; }

 private:
  struct NodeEntry {
    NodePtr node;
    std::set<std::string> containers;  // ids
    ListingPtr listings[std::size(kListings)];
    std::string placed_as;  // the engine id that Cluster knows it by; empty: not there
  };
  NodeEntry* entry(NodeNumber number);
  // `node` takes the place of what the entry has.
  void set(NodeEntry& entry, NodePtr node);
  std::vector<NodePtr> nodes_of(const std::vector<NodeNumber>& numbers) const;
  const NodeEntry* entry(NodeNumber number) const;
  void place(NodeEntry& entry);
  void place(const Container& container, const NodeEntry& entry, bool new_name);
  void forget(const std::string& id);
  void unname(const std::string& name, const std::string& id);
  // Whether there is a later copy; an earlier one is taken out of sight.
  bool is_stale(const ContainerPtr& container);
  // The other container of the same origin; null when there is none.
  ContainerPtr other_copy(const Container& container) const;
  void note_rescheduled(const Container& container);
  void put(ContainerPtr container, bool by_event);
  std::vector<ContainerPtr> all_of(const std::set<std::string>& ids) const;

  const double overcommit_;
  const placement::Reschedule by_default_;
  std::vector<NodeEntry> nodes_;
  std::set<NodeNumber> unwell_;
  NameIndex node_names_;  // names, engine ids and addresses
  NameIndex engine_ids_;
  std::map<std::string, ContainerPtr, std::less<>> containers_;
  std::unordered_map<std::string, std::vector<std::string>> names_;  // to ids; several only across nodes
  std::unordered_map<std::string, std::string> by_swarm_id_;         // to ids
  std::vector<ContainerPtr> stale_;
  std::set<std::string> rescheduled_;  // ids
  std::set<std::string> rescheduled_changes_;
  std::set<std::string> replacing_;  // ids
  placement::Cluster cluster_;
  NameIndex words_[std::size(kListings)];
};

}  // namespace berth::swarm
