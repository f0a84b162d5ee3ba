// Volumes of the cluster.
//
// A volume is of one node: its bytes are there. One that a client makes before any container uses it is kept on some
// node with the label com.docker.swarm.unused, and moves, being empty, to the node of the first container that mounts
// it; from then on its containers go where it is. See docs/decisions/0011-volumes-of-a-cluster.md.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "swarm/api/call.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

inline constexpr char kUnusedVolume[] = "com.docker.swarm.unused";

// Of a volume that was made to take the data of a container that moves: "ID@ENGINE", the container it was copied for
// and the engine that this was on.
inline constexpr char kCopyOf[] = "com.docker.swarm.copy-of";

// A node's volume.
struct FoundVolume {
  NodePtr node;
  std::string name;
  std::string json;  // as its engine lists it
  bool unused() const;
  // Of the local driver and with bytes of its own: it is where its node is.
  bool is_local() const;
  // Id of the container and of the engine that its label names; empty without.
  std::pair<std::string, std::string> copy_of() const;
};

// Whether it is a copy of data whose container has not moved (yet): it may lack some, and is nobody's.
bool is_unfinished_copy(const Pool& pool, const FoundVolume& volume);

// What makes the same volume again, as one that is in use, with these labels set.
std::string definition_of(const FoundVolume& volume,
                          const std::vector<std::pair<std::string, std::string>>& labels = {});

// A node's volumes as its engine lists them.
std::vector<FoundVolume> volumes_on(const Pool& pool, const NodePtr& node);

// Those of that name, or "node/name" for that node's alone, in the order of the nodes.
std::vector<FoundVolume> find_volumes(const Pool& pool, std::string_view name);

// As find_volumes, but in the caller's scope; waits for what is known to have changed, and throws kNotFound in the
// engine's own words.
std::vector<FoundVolume> volumes_of(const Call& call, std::string_view name);

// Restricts the request to the nodes that have its volumes, unless it names nodes itself.
void pin_to_volumes(const Pool& pool, placement::Request& request);

// Brings the request's volumes that nobody has used yet to the node. Throws the engines' errors.
void bring_volumes(const Call& call, const NodePtr& node, const placement::Request& request);

}  // namespace berth::swarm
