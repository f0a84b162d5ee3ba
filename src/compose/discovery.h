// Which files make the application, where it lives, and which variables it sees.
#pragma once

#include <string>
#include <vector>

#include "compose/env_file.h"
#include "compose/file_reader.h"
#include "compose/load.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

struct Sources {
  std::vector<std::string> files;  // absolute, or "-"; those from elsewhere are fetched
  std::string project_dir;         // absolute; whose name is the project's
  std::string working_dir;         // absolute; what the files' own paths are relative to
  std::vector<std::string> env_files;
  Variables variables;  // the process's, then those of the env files
  std::vector<std::string> profiles;
};

// From the options, COMPOSE_FILE, COMPOSE_PATH_SEPARATOR, COMPOSE_PROFILES, COMPOSE_ENV_FILES,
// COMPOSE_DISABLE_ENV_FILE, the usual file names here and in the folders above, and .env. Throws kNotFound when there
// is no compose file or a named one is missing, kInvalid for a malformed option.
Sources find_sources(const LoadOptions& options, const FileReader& reader, yaml::Findings& findings);

}  // namespace berth::compose
