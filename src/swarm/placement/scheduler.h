// Which node a container goes to. Pure: cluster and request in, decision or refusal out.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "swarm/placement/cluster.h"
#include "swarm/placement/options.h"
#include "swarm/placement/request.h"

namespace berth::swarm::placement {

struct Decision {
  const Node* node = nullptr;              // valid until a node is set or removed
  std::vector<std::string> given_up = {};  // soft expressions that could not be met, as they were written
  Strategy strategy = Strategy::kSpread;
  std::size_t containers = 0;  // that the node has, without this one

  // For people: "spread: 'node-1' has 3 containers; gave up storage==~ssd".
  std::string why() const;
};

// A condition of the request and how many nodes it rules out by itself; a node may be ruled out by several.
struct Unmet {
  std::string filter;     // "port", or "resources"
  std::string condition;  // "port 80/tcp", "storage==ssd", "2 CPUs"
  std::size_t excluded = 0;
};

// No node will do. A value: retrying later may work.
struct Refusal {
  enum class Reason {
    kNoHealthyNode,  // none that is healthy and active
    kNoResources,    // some would do if they were not full
    kConditions,
  };
  Reason reason = Reason::kConditions;
  std::vector<Unmet> unmet;  // those that rule out at least one node, in the order of the filters
  std::size_t nodes = 0;     // that there are

  // Begins with the words of classic Swarm: "No healthy node available in the cluster", "no resources available to
  // schedule container", "Unable to find a node that satisfies the following conditions". One line for each condition.
  std::string message() const;
};

using Placement = std::variant<Decision, Refusal>;

// The same cluster, request and options give the same answer. Add container_of(request, node) to the cluster before the
// next call: then nothing is taken twice. A soft expression is given up when no node meets it and those before it.
// Takes O(log nodes) for what is asked repeatedly; docs/swarm.md says what costs more.
Placement place(const Cluster& cluster, const Request& request, const Options& options = {});

}  // namespace berth::swarm::placement
