// Pulls that would bring nothing new, so that a preview says what `up` would really change.
#pragma once

#include <set>
#include <string>

#include "converge/observe.h"
#include "converge/plan.h"
#include "engine/credentials.h"

namespace berth::converge {

// What the registries say of images that are on the engine and that `images` pulls all the same.
struct PullNews {
  std::set<std::string> vain;     // the engine has what the registry has
  std::set<std::string> unknown;  // the registry could not be asked, or did not say
};

// Asks through the engine, which is what would pull, for all images at once and some seconds at most. `credentials` may
// be null. Throws kCancelled, kTimeout (of the context).
PullNews ask_registries(const Context& context, engine::Client& client, const engine::Credentials* credentials,
                        const State& state, const Plan& images);

}  // namespace berth::converge
