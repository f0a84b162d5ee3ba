// Networks of the cluster.
//
// An engine's networks end at its own host. Until there is an overlay, a network of the cluster is therefore a set of
// networks of one name and kind, one on each node ("copies"): they are made together, shown as one and removed
// together, and containers that share one are placed on one node (placement's network filter). See
// docs/decisions/0010-networks-without-an-overlay.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "swarm/api/call.h"

namespace berth::swarm {

// A node's network.
struct NetworkCopy {
  NodePtr node;
  std::string id;
  std::string name;
  std::string json;  // as its engine lists it
};

// A network of the cluster: at least one copy. The first one's id stands for all; it is the copy that containers use,
// where one does, so that a container and the list of networks tell the same id, which clients compare.
using NetworkCopies = std::vector<NetworkCopy>;

// Puts the copy that containers use first.
void put_used_first(const Pool& pool, NetworkCopies& copies);

// Whether both are copies of one network: of the same name, driver, options and labels. Each engine's own bridge, host
// and none are always.
bool same_network(const NetworkCopy& a, const NetworkCopy& b);

// By id of one copy, id's beginning, name, or "node/name" for that node's copy alone. Empty when there is none. Throws
// kInvalid when networks of several kinds have the name.
NetworkCopies find_network(const Pool& pool, std::string_view text);

// As find_network, but in the caller's scope; waits for what is known to have changed, and throws kNotFound in the
// engine's own words.
NetworkCopies network_of(const Call& call, std::string_view text);

// The body of a container create with networks called by their names: an id is one node's only, and which node it will
// be is not known yet. All else stays byte for byte.
std::string with_network_names(const Pool& pool, std::string body);

// Makes the copy that a node misses, as one which joined later does. Nothing happens for a network that there isn't at
// all: the engine will say so. Throws the engine's error.
void ensure_network(const Context& context, Pool& pool, const NodePtr& node, std::string_view name);

}  // namespace berth::swarm
