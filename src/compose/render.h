// Bound objects as they are printed: what Go's YAML and JSON encoders make of the reference's structures.
#pragma once

#include "compose/shape.h"
#include "yaml/node.h"

namespace berth::compose {

// Ready for yaml::to_yaml(): keys of maps in yaml.v3's order, x- keys after the attributes.
yaml::Node render_for_yaml(const yaml::Node& bound, const Shape& shape);

// Ready for yaml::to_json(): attributes that JSON never leaves out are there, x- keys are not.
yaml::Node render_for_json(const yaml::Node& bound, const Shape& shape);

}  // namespace berth::compose
