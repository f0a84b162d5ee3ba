#include "swarm/pool/node.h"

namespace berth::swarm {

std::string_view name_of(NodeState state) {
  switch (state) {
    case NodeState::kPending:
      return "Pending";
    case NodeState::kHealthy:
      return "Healthy";
    case NodeState::kUnhealthy:
      return "Unhealthy";
    case NodeState::kUnreachable:
      return "Unreachable";
    case NodeState::kDisconnected:
      return "Disconnected";
  }
  return "";
}

}  // namespace berth::swarm
