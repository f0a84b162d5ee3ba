// `up` without -d: starts a project's containers, prints what they write, and stops them at Ctrl-C.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "cli/compose/log_follower.h"
#include "cli/compose/session.h"
#include "converge/events.h"

namespace berth::cli {

// Containers are created already. Used once, by one thread.
class AttachedUp {
 public:
  enum class Abort { kNever, kOnExit, kOnFailure };

  struct Options {
    std::vector<std::string> services;   // those named on the command line: started and stopped; empty: all
    std::vector<std::string> attach_to;  // whose output is shown
    Abort abort = Abort::kNever;         // stop all when one of these ends
    std::string exit_code_from;          // whose exit code is ours; empty: the first's that made us stop
    bool timestamps = false;
    bool prefix = true;
    bool colours = true;
    std::optional<std::chrono::seconds> timeout;  // for stopping
    std::string separator = "-";                  // of names: "_" with --compatibility
    // Goes on beside the containers once they are started, until its context is cancelled: while it does, `up` goes on
    // without containers too. Its errors end it all.
    std::function<void(const Context&)> beside;
  };

  AttachedUp(Session& session, const compose::Project& project, Options options);

  // Returns the exit code: 0 when all containers have ended by themselves, 130 after Ctrl-C, the container's with
  // --exit-code-from or an abort. The first Ctrl-C stops the containers, the second kills them. Throws what starting
  // throws.
  int run();

 private:
  struct Progressed {
    bool printed_all = false;            // no container is left to follow
    std::optional<Error> failure;        // of starting or following
    std::optional<std::int64_t> aborts;  // exit code of the container that ends it all
    std::optional<std::int64_t> chosen;  // of exit_code_from
  };

  void on_end(const ContainerEnd& end);
  void start_all(const Context& context, LogPrinter& printer);
  void go_beside(const Context& context);
  // What hooks say, beside what containers say.
  void print_hook(const converge::Event& event, LogPrinter& printer);
  void follow(LogFollower& follower, const Context& context);
  // Until there is nothing to wait for; true when Ctrl-C came first.
  bool wait_for_end();
  void stop_all();
  void kill_all();
  int exit_code(bool interrupted);

  Session& session_;
  const compose::Project& project_;
  const Options options_;
  std::atomic<bool> is_beside_{false};
  Guarded<Progressed> progressed_;
};

}  // namespace berth::cli
