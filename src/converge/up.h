// `up` from end to end: observe, images, observe again, providers, plan, execute.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "converge/execute.h"
#include "converge/images.h"
#include "converge/reconcile.h"

namespace berth::converge {

struct UpRequest {
  ImageOptions images;
  UpOptions up;
  // Asked when volumes differ from their file; true: recreate them, their data is lost. Absent: they are kept.
  std::function<bool(const std::vector<std::string>& volumes)> may_recreate_volumes;
};

// What up() would do; it cannot change anything. Of an image that is there and would be pulled the registry is asked
// whether it has another one; where it does not say, and of images that would be built, what runs from them is shown as
// recreated, with that reason. `credentials` may be null.
Plan preview(const Context& context, engine::Client& client, const compose::Project& project, const UpRequest& request,
             const engine::Credentials* credentials = nullptr, const Clock& clock = system_clock());

// Warnings of the plan come to the sink with OperationNumber::kNone. Throws as observe() and reconcile(); what goes
// wrong on the engine afterwards is in the outcome.
Outcome up(const Context& context, engine::Client& client, const compose::Project& project, const UpRequest& request,
           const ExecuteOptions& options = {}, const EventSink& sink = {}, const Clock& clock = system_clock());

// The first part of up(), for commands that go on differently (run): observes, and makes the images available. An
// outcome that is not ok() comes with a state that may lack images.
struct Prepared {
  State state;
  Outcome outcome;
};
Prepared prepare(const Context& context, engine::Client& client, const compose::Project& project,
                 const ImageOptions& images, const ExecuteOptions& options = {}, const EventSink& sink = {},
                 const Clock& clock = system_clock());

// The second part: has the project's providers run, so that the plan which creates containers knows what they give. An
// outcome that is not ok() comes with a project that lacks it; it is ok() too where only those failed that all
// dependents can do without.
struct Provided {
  compose::Project project;
  Outcome outcome;
};
Provided run_providers(const Context& context, engine::Client& client, const compose::Project& project,
                       const ExecuteOptions& options = {}, const EventSink& sink = {});

}  // namespace berth::converge
