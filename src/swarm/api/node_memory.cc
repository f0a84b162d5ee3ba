#include "swarm/api/node_memory.h"

namespace berth::swarm {

void NodeMemory::put(State& state, const std::string& what, NodeNumber node) const {
  if (state.nodes.insert_or_assign(what, node).second) state.order.push_back(what);
  if (state.order.size() <= kept_) return;
  state.nodes.erase(state.order.front());
  state.order.pop_front();
}

void NodeMemory::add(const std::string& what, NodeNumber node) { put(*state_.lock(), what, node); }

std::optional<NodeNumber> NodeMemory::find(const std::string& what) {
  const auto lock = state_.lock();
  const auto found = lock->nodes.find(what);
  if (found == lock->nodes.end()) return std::nullopt;
  return found->second;
}

NodeNumber NodeMemory::find_or_add(const std::string& what, NodeNumber node) {
  const auto lock = state_.lock();
  const auto found = lock->nodes.find(what);
  if (found != lock->nodes.end()) return found->second;
  put(*lock, what, node);
  return node;
}

}  // namespace berth::swarm
