// One engine of the pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/system.h"
#include "engine/types.h"
#include "swarm/placement/facts.h"

namespace berth::swarm {

// Which member of the pool, for as long as the manager runs. Given in the order in which addresses turn up, and never
// to another one.
enum class NodeNumber : std::uint32_t {};

enum class NodeState {
  kPending,  // not looked at yet, or refused: the reason says why
  kHealthy,
  kUnhealthy,     // connected, but its engine does not answer
  kUnreachable,   // no connection can be made
  kDisconnected,  // the connection broke; it is being made again
};

// "Pending", "Healthy" ...: as classic Swarm writes them.
std::string_view name_of(NodeState state);

// The operator's word on a node. Source: swarm mode's NodeSpec.
struct NodeSettings {
  placement::Availability availability = placement::Availability::kActive;
  engine::StringMap labels;
  bool operator==(const NodeSettings&) const = default;
};

// What is known of a node, as of one moment. A snapshot: it never changes, a new one takes its place.
struct Node {
  NodeNumber number{};
  std::string address;  // as discovery names it: "10.0.0.5:2376", "unix:///run/docker.sock"
  std::string ip;       // of that address; empty for a socket

  NodeState state = NodeState::kPending;
  std::string reason;  // why it is not healthy; empty when it is
  engine::Time state_since{};
  bool tried = false;      // whether it was looked at, or tried to, since the manager knows of it, or woke up
  engine::Time updated{};  // of the last full look at the engine

  // Empty until the engine was reached first; what was last known afterwards.
  engine::Info info;
  engine::ApiVersion api_version;
  std::string builder_version;  // "2": BuildKit is what the engine builds with

  NodeSettings settings;

  bool active() const { return settings.availability == placement::Availability::kActive; }
  const std::string& name() const { return info.name.empty() ? address : info.name; }
  bool healthy() const { return state == NodeState::kHealthy; }
};

using NodePtr = std::shared_ptr<const Node>;

}  // namespace berth::swarm
