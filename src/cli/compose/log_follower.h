// The logs of a project's containers, those that there are and those that start later, into a LogPrinter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "cli/compose/log_printer.h"
#include "engine/client.h"

namespace berth::cli {

// A container's end, as an engine event tells it.
struct ContainerEnd {
  std::string name;  // "web-1"
  std::string service;
  std::int64_t exit_code = 0;
  bool restarting = false;  // the engine starts it again
};

struct LogFollowOptions {
  std::string project;
  std::vector<std::string> services;  // empty: all
  std::optional<std::int64_t> index;  // the replica of the one service
  bool history = true;                // what was written before; else only what is written from now on
  bool follow = false;                // until the last container ended
  std::function<bool()> goes_on;      // following, while true: on without a container too; may be empty
  bool statuses = true;               // while following, a line at each end: "web-1 exited with code 0"
  bool timestamps = false;            // the engine's, in front of each line
  std::optional<std::int64_t> tail;   // lines of each container's history
  std::optional<engine::Time> since;
  std::optional<engine::Time> until;
  std::function<void(const ContainerEnd&)> on_end;  // on the thread of run(); may be empty
};

// Follows services, not containers: a restart, a recreation or one more replica is followed on, nothing lost, nothing
// twice (each container has a cursor, the engine's time stamp of its last entry).
class LogFollower {
 public:
  // Events from here on are seen: make it before starting what it shall follow. Both references must outlive it.
  // Throws what the engine's calls throw; kNotFound when `index` names no container.
  LogFollower(const Context& context, engine::Client& engine, LogPrinter& printer, LogFollowOptions options);
  ~LogFollower();

  // Prints until all is printed or, following, until no container is left that runs or has yet to start; then, or at
  // an Error, all its threads have ended. Throws kCancelled, kTimeout, kUnavailable. Once.
  void run(const Context& context);

 private:
  class State;
  std::unique_ptr<State> state_;
};

// How logs call a container: its name without "PROJECT-" where that is the default one, else whole.
std::string log_name(std::string_view name, std::string_view project, std::string_view service,
                     std::string_view number);

}  // namespace berth::cli
