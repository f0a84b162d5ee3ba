// The builds of a project as a file of `docker buildx bake`, for people who take them elsewhere.
#pragma once

#include <string>

#include "compose/project.h"
#include "converge/buildx_command.h"

namespace berth::converge {

// JSON, indented; targets are the services with a build section. Secrets are named by their file or variable.
std::string bake_file(const compose::Project& project, const BuildxFlags& flags);

}  // namespace berth::converge
