// The compose file against the Compose Specification's JSON schema.
#pragma once

#include <vector>

#include "yaml/node.h"

namespace berth::compose {

// Everything in `root`, a compose file after interpolation and merge, that the schema does not allow, with positions;
// empty when all is well. The schema is built in, and compiled at the first call. Any thread.
std::vector<yaml::Diagnostic> validate_schema(const yaml::Node& root);

}  // namespace berth::compose
