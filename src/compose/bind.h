// A canonical model's values as what their attributes say they are.
#pragma once

#include "compose/shape.h"
#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

// The object with its attributes in the shape's order and in one form each (see Form), zero values left out as the
// shape says, x- keys last, keys of maps sorted by their bytes. Unknown keys are dropped. A value that is not of its
// attribute's type is a fault.
yaml::Node bind(const yaml::Node& object, const Shape& shape, const yaml::NodePath& path, yaml::Findings& findings);

// Sets an attribute of a bound object at its place in the order.
void set_bound(yaml::Node& object, const Shape& shape, std::string_view attribute, yaml::Node value);

}  // namespace berth::compose
