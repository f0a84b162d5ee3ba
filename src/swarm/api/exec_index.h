// Which node an exec is on.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// Remembers the execs made last; an exec that it does not know is asked for on all nodes. Any thread.
class ExecIndex {
 public:
  explicit ExecIndex(std::size_t kept = 65'536) : kept_(kept) {}
  void add(const std::string& exec, NodeNumber node);
  std::optional<NodeNumber> find(const std::string& exec);

 private:
  struct State {
    std::unordered_map<std::string, NodeNumber> nodes;
    std::deque<std::string> order;  // oldest first
  };
  const std::size_t kept_;
  Guarded<State> state_;
};

}  // namespace berth::swarm
