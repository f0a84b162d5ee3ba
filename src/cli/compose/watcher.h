// Containers kept in step with files: develop.watch at work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/compose/session.h"
#include "cli/compose/watch_rules.h"

namespace berth::cli {

struct WatchOptions {
  bool prune = true;         // remove images that a rebuild has taken the name from
  bool quiet = false;        // no build output
  bool beside_logs = false;  // logs are being printed: progress is not shown
};

// One thread.
class Watcher {
 public:
  // For the services named, or all. Says what is not watched. Throws kInvalid when there is nothing to watch, and what
  // watch_rules() throws.
  Watcher(Session& session, const compose::Project& project, WatchOptions options,
          const std::vector<std::string>& services);
  ~Watcher();

  // Brings the services up with new images.
  void bring_up();
  // Until the context is cancelled: throws kCancelled then. What goes wrong with one batch of changes is told, and the
  // next one has its chance. Throws kInternal when a folder cannot be watched.
  void run(const Context& context);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace berth::cli
