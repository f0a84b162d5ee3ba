// Having a model served by docker's plugin `docker-model`, as docker compose 2.40 does it: what is missing is pulled,
// then it is configured, and asked where it is served. Sources: docker/compose pkg/compose/model.go,
// docker/model-runner.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "converge/plan.h"
#include "converge/programs.h"

namespace berth::converge {

// `configure [--context-size N] MODEL [-- FLAG...]`
std::vector<std::string> configure_arguments(const ServeModel& serve);

// Whether the model is among those that `ls --json` tells of. Names without organisation and tag are those of ai/ and
// latest there. Nothing where the text has no such list.
std::optional<bool> lists_model(std::string_view text, std::string_view model);

// The address that `status --json` tells services of, which is one for containers; empty: it tells of none. What the
// plugin says besides, such as that it makes its container, is passed over.
std::string endpoint_in(std::string_view text);

// Returns the model's address for containers. `say` gets the pull's progress: "Pulling" with a detail, "Pull complete".
// Throws kNotFound when there is no plugin, kConflict with its last words when it fails or can't be understood,
// kCancelled, kTimeout (it is killed).
std::string serve_model(const Context& context, const Programs& programs, const ServeModel& serve,
                        const std::function<void(std::string status, std::string_view detail)>& say);

}  // namespace berth::converge
