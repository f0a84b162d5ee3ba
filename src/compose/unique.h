// Lists in which a later element replaces an earlier one of the same key: a variable, a mount's target, a port.
#pragma once

#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

// Applies it to all such lists of a compose file; the later value takes the earlier one's place.
void enforce_unique(yaml::Node& model, yaml::Findings& findings);

// Whether the list at that place is one of them.
bool is_unique_list(const yaml::NodePath& path);

}  // namespace berth::compose
