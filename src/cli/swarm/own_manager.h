// The manager that `init` leaves running on this machine, and `leave` ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"

namespace berth::cli {

// One for each user. Its log, its process id and its socket are in state_folder().
class OwnManager {
 public:
  explicit OwnManager(const Environment& environment);

  // $XDG_STATE_HOME/berth, else of root /var/lib/berth, else ~/.local/state/berth. What a manager keeps is there, too.
  static Path state_folder(const Environment& environment);

  Path log() const { return folder_ / "swarm.log"; }
  std::string address() const { return "unix://" + (folder_ / "swarm.sock").string(); }

  // Its process id; nothing when none runs.
  std::optional<pid_t> running() const;
  // Starts `command`, which goes on when we end, and waits until it answers at address(). Throws kInternal with the
  // last words of its log when it ends instead, kTimeout.
  void start(const Context& context, const std::vector<std::string>& command) const;
  // Asks it to end and waits for that. False when none runs.
  bool stop(const Context& context) const;

 private:
  Path pid_file() const { return folder_ / "swarm.pid"; }
  bool answers(const Context& context) const;

  const Path folder_;
};

}  // namespace berth::cli
