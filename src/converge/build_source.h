// What both builders ask of a build.
#pragma once

#include <string>
#include <string_view>

#include "compose/project.h"

namespace berth::converge {

// Whether a build's context is fetched by the builder: a git or http address.
bool is_remote(std::string_view context);

// The platform of the service, or DOCKER_DEFAULT_PLATFORM; empty: the engine's own.
std::string platform_of(const compose::Project& project, const compose::Service& service);

}  // namespace berth::converge
