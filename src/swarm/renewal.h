// Certificates of nodes that end soon are made anew by the manager that leads.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/guarded.h"
#include "swarm/access/audit.h"
#include "swarm/discovery/discovery.h"
#include "swarm/pool/node_event.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// Handed in by the command, as swarm does not know machines. Both throw what machines throw.
struct Renewing {
  // What of the node's certificates ends soon, in words; nothing: they hold.
  std::function<std::optional<std::string>(const EngineAddress& node)> due;  // unset: nothing is ever renewed
  // Makes them anew without a container being restarted. Throws kUnsupported, saying what to do, where that can't be.
  std::function<void(const Context& context, const EngineAddress& node)> renew;
};

struct RenewerOptions {
  std::chrono::milliseconds first{3'000};     // after the start
  std::chrono::milliseconds pace{3'600'000};  // between two looks
  std::function<bool()> leads;                // whether this manager is the one that acts; unset: always
  Changed changed;                            // unset: nobody is told
};

// One node after the other, so that never two engines restart at a time. What cannot be renewed is told once a day.
class Renewer {
 public:
  Renewer(Pool& pool, Renewing renewing, RenewerOptions options)
      : pool_(pool), renewing_(std::move(renewing)), options_(std::move(options)) {}

  // The nodes that there are, as discovery told them last. Any thread.
  void set_members(const EngineAddresses& members) { *members_.lock() = members; }
  // Until the context ends. On one thread.
  void run(const Context& context);
  // One look at all nodes.
  void step(const Context& context);

 private:
  void renew(const Context& context, const EngineAddress& member, const std::string& why);
  void warn(const std::string& name, const std::string& message);

  Pool& pool_;
  const Renewing renewing_;
  const RenewerOptions options_;
  Guarded<EngineAddresses> members_;
  std::map<std::string, Context::Clock::time_point> told_;  // by message
};

}  // namespace berth::swarm
