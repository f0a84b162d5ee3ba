// The flags of classic Swarm's `manage` that are not simply those of ours.
#pragma once

#include <vector>

#include "cli/command.h"
#include "swarm/pool/pool.h"

namespace berth::cli {

std::vector<Flag> classic_manage_flags();

// Refuses, with the reason, what classic Swarm did and this one does not, and flags that contradict each other; says
// what has no effect. Throws kInvalid, kUnsupported.
void check_classic_flags(Invocation& invocation);

// --engine-refresh-min-interval and -max-interval. Throws kInvalid.
void set_refresh_interval(const Arguments& arguments, swarm::PoolOptions& pool);

}  // namespace berth::cli
