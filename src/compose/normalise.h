// What a compose file implies: the default network, names on the engine, dependencies that links and shared namespaces
// bring.
#pragma once

#include <string_view>

#include "compose/env_file.h"
#include "yaml/node.h"

namespace berth::compose {

// Writes it into a canonical model.
void normalise(yaml::Node& model, std::string_view project_name, const Variables& variables);

}  // namespace berth::compose
