// Lists in which a later element replaces an earlier one of the same key: a variable, a mount's target, a port.
#pragma once

#include "yaml/node.h"

namespace berth::compose {

// Applies it to all such lists of a compose file; the later value takes the earlier one's place.
void enforce_unique(yaml::Node& model, yaml::Findings& findings);

}  // namespace berth::compose
