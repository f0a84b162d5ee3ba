// How a node stays listed.
#pragma once

#include <functional>

#include "swarm/discovery/discovery.h"

namespace berth::swarm {

// checked_address(), of what other hosts can reach: throws kInvalid for a unix socket, too.
std::string joinable_address(std::string_view text);

// Calls `beat` now and at every heartbeat, sooner after it threw, until the context ends; returns then. What it throws
// is told to `trouble`, as Discovery has it. Throws kInvalid for a ttl that is not longer than the heartbeat.
void keep_beating(const Context& context, const Heartbeat& heartbeat, const std::function<void(const Context&)>& beat,
                  const Discovery::OnTrouble& trouble);

}  // namespace berth::swarm
