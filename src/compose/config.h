// What `config` prints.
#pragma once

#include <string>
#include <vector>

#include "compose/project.h"
#include "yaml/node.h"

namespace berth::compose {

// The project as canonical YAML or JSON, byte for byte as docker compose 2.40.3 `config` prints it: every $ doubled so
// that the output can be loaded again.
std::string config_yaml(const Project& project);
std::string config_json(const Project& project);

// The model of a load without interpolation, as `config --no-interpolate` prints it.
std::string model_yaml(const yaml::Node& model);
std::string model_json(const yaml::Node& model);

// The lists of `config --services`, --volumes, --networks, --images, --models and --profiles, sorted.
std::vector<std::string> service_names(const Project& project);
std::vector<std::string> volume_keys(const Project& project);
std::vector<std::string> network_keys(const Project& project);
std::vector<std::string> image_names(const Project& project);
std::vector<std::string> model_names(const Project& project);
std::vector<std::string> profile_names(const Project& project);

// The files of a `config --variables` list come from variables_of() in compose/interpolate.h.

}  // namespace berth::compose
