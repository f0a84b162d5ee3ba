// For tests: projects from text, and an engine that is nothing but a State.
#pragma once

#include <string>
#include <string_view>

#include "compose/project.h"
#include "converge/observe.h"
#include "converge/plan.h"
#include "converge/reconcile.h"

namespace berth::converge::testing {

// The project 'shop' of a compose file with this text.
compose::Project project(std::string_view yaml);

// The text with the first `old` replaced.
std::string with(std::string_view text, std::string_view old, std::string_view fresh);

// An engine of that API with these images ("app:1", ...), whose id is made from their name.
State engine_with(const std::vector<std::string>& images, engine::ApiVersion api = engine::kNewestApi);

// What `state` becomes by the operations, one after the other, as far as `count` goes. Fails the test where a real
// engine would refuse a call: a name in use, a missing network, removing what runs, ...
State after(State state, const Plan& plan, std::size_t count = static_cast<std::size_t>(-1));

// after(state, reconcile(project(yaml), state)).
State after_up(State state, std::string_view yaml, const UpOptions& options = {});

engine::ContainerSummary& container(State& state, std::string_view name);

// The operation that creates the container of this name. Throws kNotFound.
const CreateContainer& creation_of(const Plan& plan, std::string_view name);

// "shop-web-1 running, shop-db-1 created": by name.
std::string containers(const State& state);

}  // namespace berth::converge::testing
