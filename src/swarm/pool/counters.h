// What a manager has done since it began, for its metrics.
#pragma once

#include <atomic>
#include <cstdint>

namespace berth::swarm {

// Only ever grow. Any thread.
struct PoolCounters {
  using Count = std::atomic<std::uint64_t>;
  Count placements;            // a node was found
  Count refusals;              // no node would do
  Count event_streams;         // opened
  Count event_stream_losses;   // of streams that were open
  Count event_stream_resumes;  // opened again after a loss
  Count moves;                 // containers that drains and rebalancing have moved
  Count move_failures;
  Count reschedules;  // containers of lost nodes made anew
  Count reschedule_failures;
};

}  // namespace berth::swarm
