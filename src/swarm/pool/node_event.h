// Events of one engine, and what they mean for the pool.
#pragma once

#include <string>
#include <string_view>

#include "engine/types.h"
#include "swarm/pool/event_hub.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

struct NodeEvent {
  // What of the engine may have changed.
  enum class Concern { kNothing, kContainer, kContainerEnded, kContainerGone, kImages, kNetworks, kVolumes, kEngine };

  std::string type;    // "container", "network", ...
  std::string action;  // "start", "health_status: healthy", ...
  std::string actor_id;
  engine::StringMap attributes;
  engine::Time time;
  std::string json;  // as the engine wrote it

  Concern concerns() const;
  // Id of the container that changed; empty when none is named.
  const std::string& container() const;
};

// Throws kInvalid when it is no JSON.
NodeEvent parse_node_event(std::string_view json);

// The event as the pool tells it: with node.name, node.id, node.ip and node.addr among the attributes, as classic Swarm
// has them; all else as the engine wrote it.
PoolEvent pool_event(NodeEvent event, const Node& node);

// That a node's state changed: type "node", action "update", attributes name, state.old, state.new and reason, as swarm
// mode tells it. `node` has the new state.
// Something that the manager did to a node.
PoolEvent event_of_node(const Node& node, const std::string& action,
                        const std::vector<std::pair<std::string, std::string>>& attributes);

PoolEvent event_of_state(const Node& node, NodeState old_state);

}  // namespace berth::swarm
