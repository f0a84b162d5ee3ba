// Builds by the engine's own BuildKit, as data.
#pragma once

#include "buildkit/request.h"
#include "compose/project.h"
#include "converge/buildx_command.h"

namespace berth::converge {

// How to build the image of a service that has a build section. Paths are as the project has them. Throws kInvalid (a
// secret without content), kUnsupported (what docker's buildx plugin is needed for: caches and contexts in folders of
// images; a secret that is external, isolation).
buildkit::BuildRequest build_request(const compose::Project& project, const compose::Service& service,
                                     const BuildxFlags& flags);

}  // namespace berth::converge
