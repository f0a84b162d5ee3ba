// The nodes and containers of a cluster with the indices that make a placement cost the logarithm of their number.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "swarm/placement/facts.h"

namespace berth::swarm::placement {

class ClusterState;

// What a node's containers, pending ones included, take of it.
struct Usage {
  std::size_t containers = 0;
  std::size_t running = 0;
  Resources reserved;
};

// Changed step by step as the pool learns. Not for several threads at once; that goes for const calls and place() too,
// which bring caches up to date: whoever shares it holds a mutex.
class Cluster {
 public:
  Cluster();
  ~Cluster();
  Cluster(Cluster&&) noexcept;
  Cluster& operator=(Cluster&&) noexcept;
  Cluster clone() const;  // of the facts, for trying something out; O(nodes + containers)

  // Adds the node, or replaces what was known of it. Its containers stay.
  void set_node(Node node);
  // Forgets the node and all its containers; false: it was not known.
  bool remove_node(const NodeId& id);

  // Adds the container, or replaces what was known of it: also when it moved to another node. Throws kNotFound when
  // its node is not known.
  void set_container(const Container& container);
  // A pending container becomes the real one, whose id the engine gave: O(1), all else stays. False: not known.
  bool promote_container(const ContainerId& pending, const ContainerId& real);
  // The container started or stopped. False: not known.
  bool set_running(const ContainerId& id, bool running);
  // False: it was not known.
  bool remove_container(const ContainerId& id);

  // Valid until a node is set or removed.
  const Node* find_node(const NodeId& id) const;
  std::optional<Usage> usage(const NodeId& id) const;
  std::vector<const Node*> nodes() const;  // by name

  std::optional<Container> find_container(const ContainerId& id) const;
  std::vector<Container> containers_of(const NodeId& id) const;  // by name
  // Whether a container, also a pending one, has this name.
  bool name_taken(std::string_view name) const;

  std::size_t node_count() const;
  std::size_t container_count() const;

  // For this folder's files.
  ClusterState& state() const { return *state_; }

 private:
  std::unique_ptr<ClusterState> state_;
};

}  // namespace berth::swarm::placement
