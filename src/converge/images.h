// Images first: what must be pulled or built before the containers can be planned, as only then their ids are known.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "compose/project.h"
#include "converge/build_source.h"
#include "converge/observe.h"
#include "converge/plan.h"

namespace berth::converge {

struct ImageOptions {
  std::optional<std::string> pull;  // --pull: "always", "missing", "never", "build"; over each service's pull_policy
  bool build = false;               // --build: also where the image is there
  bool no_build = false;
  // Pulling was tried before: what is still missing is built. An image that a service can build, but has a name for, is
  // pulled first, as docker compose does.
  bool pulled = false;
  Builder builder = Builder::kClassic;
  // The engine of this computer, where it is another one than the project's; may be null. What it has of the images
  // that are missing there is copied, unless pull_policy wants them pulled or built.
  engine::Client* images_from = nullptr;
  std::set<std::string> nearby;  // those that it has; see find_nearby()
};

// The missing images that may be copied from `images_from` and are there, for the platform of the service or else of
// the engine. An engine there that does not answer has none.
std::set<std::string> find_nearby(const Context& context, engine::Client& client, const compose::Project& project,
                                  const State& state, const ImageOptions& options);

// Pulls, copies and builds of up, create and run; empty when all images are there. `now` is for pull_policy: daily and
// its kin. Throws kNotFound (an image that is missing and may be neither pulled nor built), kInvalid (neither image nor
// build).
Plan plan_images(const compose::Project& project, const State& state, const ImageOptions& options, engine::Time now);

struct BuildFlags {
  std::vector<std::string> services;  // empty: all that have a build section
  BuildxFlags buildx;                 // of the classic builder: args, no_cache and pull; `builder` is for buildx
  Bytes memory{};                     // of the classic builder only
  Builder builder = Builder::kClassic;
};
Plan plan_build(const compose::Project& project, const BuildFlags& flags);

struct PullFlags {
  bool ignore_buildable = false;
  bool ignore_failures = false;
  std::optional<std::string> policy;  // "missing", "always"
};
Plan plan_pull(const compose::Project& project, const State& state, const PullFlags& flags);

struct PushFlags {
  std::vector<std::string> services;  // empty: all
  bool ignore_failures = false;
};
// Images that services build and name, under all of their tags. Services that cannot be pushed are named in
// Plan::warnings.
Plan plan_push(const compose::Project& project, const PushFlags& flags);

}  // namespace berth::converge
