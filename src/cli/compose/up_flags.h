// Options that up, create and scale share.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "converge/up.h"

namespace berth::cli {

// --build, --no-build, --pull, --quiet-pull, --force-recreate, --no-recreate, --remove-orphans, --scale, --yes.
std::vector<Flag> creation_flags();

// SERVICE=NUM of every --scale. Throws kInvalid.
std::map<std::string, std::int64_t, std::less<>> parse_scale(const std::vector<std::string>& texts);

// The request that these options make. Throws kInvalid for options that exclude each other.
converge::UpRequest creation_request(Invocation& invocation, const std::vector<std::string>& services);

// Whether COMPOSE_NAME is set and true.
bool variable_is_true(const Invocation& invocation, std::string_view name);

}  // namespace berth::cli
