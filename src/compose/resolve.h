// What a compose file's values are relative to: folders and variables.
#pragma once

#include <string>

#include "compose/env_file.h"
#include "compose/file_reader.h"
#include "yaml/node.h"

namespace berth::compose {

struct PathBase {
  std::string working_dir;  // relative paths are put behind it
  std::string home;         // for ~; empty: ~ stays
  const FileReader* reader = nullptr;
  std::string current_dir;
};

// Makes the paths in a canonical model relative to `base` (absolute when that is): build contexts, bind mounts, env
// files, files of secrets and configs, ...
void resolve_paths(yaml::Node& model, const PathBase& base, yaml::Findings& findings);

// Gives values to what the model only names: `environment: [NAME]`, secrets and configs taken from a variable. A
// secret's or config's value goes under the key kSecretValue, which is never printed.
void resolve_listed_variables(yaml::Node& model, const Variables& variables);

inline constexpr std::string_view kSecretValue = "x-#value";

}  // namespace berth::compose
