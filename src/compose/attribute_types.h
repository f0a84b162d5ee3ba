// Which attributes of a compose file are numbers and booleans, so that `scale: "${N}"` means a number.
#pragma once

#include "compose/path_table.h"
#include "yaml/diagnostic.h"
#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

enum class AttributeType { kBoolean, kInteger, kNumber };

// The typed attributes by their place. The list is that of docker compose 2.40. Any thread.
using AttributeTypes = PathTable<AttributeType>;
const AttributeTypes& attribute_types();

// The string node as a value of the type. The same node, and a fault, when it cannot be one; yes, no, on, off, y and n
// are booleans with a warning.
yaml::Node cast_attribute(const yaml::Node& text, AttributeType type, const yaml::NodePath& path,
                          yaml::Findings& findings);

}  // namespace berth::compose
