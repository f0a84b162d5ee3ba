// From what is wanted and what is there to what is to be done. All pure: same input, same plan.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/observe.h"
#include "converge/plan.h"

namespace berth::converge {

enum class Recreate {
  kDiverged,  // where configuration, image, network or volume differ
  kForce,
  kNever,
};

struct UpOptions {
  // Services that the user named; empty: all of the project. `recreate` is for these, `recreate_dependencies` for the
  // others. Which services the plan is about is the project's own selection (Project::select, also for --no-deps).
  std::vector<std::string> services;
  Recreate recreate = Recreate::kDiverged;
  Recreate recreate_dependencies = Recreate::kDiverged;
  std::map<std::string, std::int64_t, std::less<>> scale;  // over the file's
  bool start = true;                                       // not: only create
  bool remove_orphans = false;
  bool ignore_orphans = false;           // no warning either
  bool renew_anonymous_volumes = false;  // -V: not taken over from the container before (give Recreate::kForce too)
  bool recreate_volumes = false;         // those whose configuration differs; their data is lost
  bool rolling_back = false;             // updates go by deploy.rollback_config
  bool wait = false;                     // until all run, or are healthy where they have a healthcheck
  std::optional<std::chrono::seconds> wait_timeout;
  std::optional<std::chrono::seconds> timeout;         // for stopping
  std::string separator = "-";                         // of names: "_" with --compatibility
  std::string engine_socket = "/var/run/docker.sock";  // where the engine's host has it, for a keeper
};

// up, create (start = false) and scale. Throws kInvalid (the project asks for what can't be: a fixed container name
// with two replicas, a required dependency that is disabled, a read-only service with secrets to be copied in),
// kNotFound (an external network or volume, an image that wasn't made available), kUnsupported (Project::unsupported;
// the engine's API is too old), kConflict (a network of that name belongs to someone else); all that are found, one a
// line. Providers of which the project does not know what they give (Project::provided) are run by the plan, which is
// then there to be shown: their dependents would be made without their variables.
Plan reconcile(const compose::Project& project, const State& state, const UpOptions& options = {});

struct StartOptions {
  std::vector<std::string> services;  // empty: all
  bool wait = false;
  std::optional<std::chrono::seconds> wait_timeout;
  std::string separator = "-";  // of names; see UpOptions
};
// Throws kNotFound when a service has no container to start.
Plan plan_start(const compose::Project& project, const State& state, const StartOptions& options = {});

struct StopOptions {
  std::vector<std::string> services;  // empty: all
  std::optional<std::chrono::seconds> timeout;
};
// In the reverse order of dependencies.
Plan plan_stop(const compose::Project& project, const State& state, const StopOptions& options = {});

struct RestartOptions {
  std::vector<std::string> services;  // empty: all; and those that depend on them with restart: true
  bool no_deps = false;               // only these
  std::optional<std::chrono::seconds> timeout;
};
Plan plan_restart(const compose::Project& project, const State& state, const RestartOptions& options = {});

// All that is up, in no order: the engine refuses what is paused already, or is not. `services` empty: all.
Plan plan_pause(const compose::Project& project, const State& state, const std::vector<std::string>& services = {});
Plan plan_unpause(const compose::Project& project, const State& state, const std::vector<std::string>& services = {});

struct KillOptions {
  std::vector<std::string> services;  // empty: all
  std::string signal = "SIGKILL";
  bool orphans = false;  // those of no service too
};
Plan plan_kill(const compose::Project& project, const State& state, const KillOptions& options = {});

struct RemoveOptions {
  std::vector<std::string> services;  // empty: all
  bool stop = false;                  // first; else only what doesn't run is removed
  bool volumes = false;               // anonymous ones
};
Plan plan_remove(const compose::Project& project, const State& state, const RemoveOptions& options = {});

struct DownOptions {
  enum class Images { kNone, kLocal, kAll };
  std::vector<std::string> services;  // empty: everything; and what depends on them
  bool volumes = false;               // -v
  Images images = Images::kNone;      // --rmi
  bool remove_orphans = false;
  std::optional<std::chrono::seconds> timeout;
};
Plan plan_down(const compose::Project& project, const State& state, const DownOptions& options = {});

}  // namespace berth::converge
