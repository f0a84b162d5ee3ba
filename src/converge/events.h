// What the executor reports while it walks a plan: for the terminal, JSON progress and the API.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "converge/plan.h"
#include "engine/images.h"

namespace berth::converge {

struct Event {
  enum class Kind {
    kStarted,     // `status` says what is being done: "Creating"
    kProgress,    // of a pull or build: `progress`
    kDone,        // "Created"
    kFailed,      // `detail` is the error's message
    kCancelled,   // not begun, as something before it failed or the user asked to stop
    kWarning,     // `detail`; the operation goes on, or is over as well as it can be
    kOutput,      // `detail` is a line that a container wrote before it was given up
    kHookOutput,  // `detail` is a line that a hook wrote, `name` its container
  };
  Kind kind = Kind::kStarted;
  OperationNumber operation = OperationNumber::kNone;
  std::string noun;     // "Container", "Network", "Volume", "Image"
  std::string name;     // "shop-web-1"
  std::string service;  // empty for networks and volumes
  std::string status;   // empty for the inner steps of a recreation
  std::string detail;
  engine::Progress progress;
  std::chrono::nanoseconds elapsed{};  // since the operation began; of kDone, kFailed
};

// Called by the executor's threads, one call at a time; must not block for long.
using EventSink = std::function<void(const Event&)>;

}  // namespace berth::converge
