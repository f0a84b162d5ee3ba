// The order of keys in printed mappings.
#pragma once

#include <string_view>

#include "yaml/node.h"

namespace berth::compose {

// As people sort: a2 before a10, letters after other characters. Go's yaml.v3 prints map keys in it.
bool comes_before_in_yaml(std::string_view a, std::string_view b);

// The same tree with the keys of every mapping in that order, or by their bytes as Go's JSON has them.
yaml::Node sorted_for_yaml(yaml::Node node);
yaml::Node sorted_for_json(yaml::Node node);

// Only the keys of this mapping.
void sort_for_yaml(yaml::Mapping& entries);

}  // namespace berth::compose
