// What the specification offers and Berth does not do yet.
#pragma once

#include <vector>

#include "compose/project.h"
#include "yaml/diagnostic.h"
#include "yaml/node.h"

namespace berth::compose {

// One for each use by an enabled service, with what to do instead. `model` is the tree that the project was made from:
// it has attributes that the project's own trees leave out.
std::vector<yaml::Diagnostic> find_unsupported(const Project& project, const yaml::Node& model);
// Likewise, what is passed over with a warning.
std::vector<yaml::Diagnostic> find_without_effect(const Project& project, const yaml::Node& model);

}  // namespace berth::compose
