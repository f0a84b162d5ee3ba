// What happens on an engine.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/types.h"

namespace berth::engine {

struct Event {
  std::string type;    // container, network, volume, image, daemon, ...
  std::string action;  // start, die, "health_status: healthy", ...
  std::string actor_id;
  StringMap attributes;  // of the actor: a container's labels, name, image, exitCode
  std::string scope;
  Time time;  // the engine's clock

  // Not the engine's: the stream broke, and came back without proof that nothing was lost meanwhile. Who follows state
  // must look at all of it anew.
  bool is_gap = false;
  bool operator==(const Event&) const = default;
};

struct EventOptions {
  Filters filters;
  std::optional<Time> since;
  std::optional<Time> until;  // the stream ends there
  // Connects again, with `since`, after a break; without it a break ends the stream with an Error.
  bool resume = true;
  // How long the engine may be away after a break, until that is an Error; absent: for ever.
  std::optional<std::chrono::milliseconds> patience;
};

}  // namespace berth::engine
