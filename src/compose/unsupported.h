// What the specification offers and Berth does not do yet.
#pragma once

#include <vector>

#include "compose/project.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

// One for each use by an enabled service, with what to do instead where there is something.
std::vector<yaml::Diagnostic> find_unsupported(const Project& project);

}  // namespace berth::compose
