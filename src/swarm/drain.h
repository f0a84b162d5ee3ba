// Nodes that the operator drains: what they run moves away before their maintenance.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "swarm/mover.h"
#include "swarm/placement/rebalance.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// Empties nodes whose availability is drain, one container after the other. What cannot move stays, and is told why.
class Drainer {
 public:
  // A container that a drained node keeps.
  struct Staying {
    std::string name;
    std::string why;
    bool operator==(const Staying&) const = default;
  };

  // Both must outlive it. `leads`: whether this manager is the one that acts; unset: always.
  Drainer(Pool& pool, Mover& mover, std::function<bool()> leads)
      : pool_(pool), mover_(mover), leads_(std::move(leads)) {}

  // Until the context ends. On one thread.
  void run(const Context& context);

  // What the node keeps, as of the last look; nothing while it is not drained, or not looked at yet. Any thread.
  std::vector<Staying> staying(const std::string& engine_id) const;

 private:
  using Time = Context::Clock::time_point;
  struct Drained {
    std::set<std::string> containers;  // ids, at the last look
    Time next_look{};
    std::vector<Staying> staying;
  };

  void step(const Context& context);
  bool is_due(const Node& node) const;
  void drain(const Context& context, const Node& node);

  Pool& pool_;
  Mover& mover_;
  const std::function<bool()> leads_;
  mutable Guarded<std::map<std::string, Drained>> drained_;  // by engine id
};

}  // namespace berth::swarm
