// Which node something is on that engines know and lists don't show: an exec, a client's builds.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// Remembers what was added last; what is forgotten has to be found out anew. Any thread.
class NodeMemory {
 public:
  explicit NodeMemory(std::size_t kept = 65'536) : kept_(kept) {}
  void add(const std::string& what, NodeNumber node);
  std::optional<NodeNumber> find(const std::string& what);
  // Where it is; `node` from now on, unless it was known.
  NodeNumber find_or_add(const std::string& what, NodeNumber node);

 private:
  struct State {
    std::unordered_map<std::string, NodeNumber> nodes;
    std::deque<std::string> order;  // oldest first
  };
  void put(State& state, const std::string& what, NodeNumber node) const;

  const std::size_t kept_;
  Guarded<State> state_;
};

}  // namespace berth::swarm
