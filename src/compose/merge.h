// How one compose file's values go over another's. Source: Compose Specification, "Merge"; compose-go's rules.
#pragma once

#include "yaml/node.h"

namespace berth::compose {

// `over` on top of `base`, both whole compose files: mappings key by key, lists one after the other, attributes with
// rules of their own (command, build, networks, ...) by those. What cannot be combined is a fault at its place. Give
// `over` away where it is not needed any more: else the result shares with it, and is copied when it is edited.
yaml::Node merge_files(yaml::Node base, const yaml::Node& over, yaml::Findings& findings);

// The same for two service definitions, as `extends` combines them.
yaml::Node merge_services(yaml::Node base, const yaml::Node& over, std::string_view name, yaml::Findings& findings);

}  // namespace berth::compose
