#include "swarm/api/exec_index.h"

namespace berth::swarm {

void ExecIndex::add(const std::string& exec, NodeNumber node) {
  const auto lock = state_.lock();
  if (lock->nodes.insert_or_assign(exec, node).second) lock->order.push_back(exec);
  if (lock->order.size() <= kept_) return;
  lock->nodes.erase(lock->order.front());
  lock->order.pop_front();
}

std::optional<NodeNumber> ExecIndex::find(const std::string& exec) {
  const auto lock = state_.lock();
  const auto found = lock->nodes.find(exec);
  if (found == lock->nodes.end()) return std::nullopt;
  return found->second;
}

}  // namespace berth::swarm
