// Compose files to a Project. Source: Compose Specification; where it is silent, docker compose 2.40.3.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "compose/file_reader.h"
#include "compose/names.h"
#include "compose/project.h"
#include "yaml/diagnostic.h"
#include "yaml/node.h"

namespace berth::compose {

// Which platforms images are built for.
enum class Platforms {
  kAsWritten,  // `config` shows them
  kDefault,    // DOCKER_DEFAULT_PLATFORM where a service that is built names none: `build`
  kOne,        // and then one that runs here: the service's, else the engine's own: `up`, `config --hash`
};

struct LoadOptions {
  // -f, in the order given; empty: COMPOSE_FILE, else compose.yaml and its kin here or in a folder above.
  std::vector<std::string> files;
  std::string project_dir;             // --project-directory; empty: the first file's folder
  std::string project_name;            // -p; empty: COMPOSE_PROJECT_NAME, `name:`, the folder's name
  std::vector<std::string> profiles;   // --profile; empty: COMPOSE_PROFILES; "*" is all
  std::vector<std::string> env_files;  // --env-file; empty: COMPOSE_ENV_FILES, else .env
  Environment environment;             // the process's variables
  std::string current_dir;             // absolute; what relative paths of these options are relative to

  bool interpolate = true;        // not: texts stay as written, and the result is `model`, not `project`
  bool normalize = true;          // not: no implicit networks, names and dependencies
  bool resolve_paths = true;      // not: relative paths stay relative
  bool check_consistency = true;  // not: references to what does not exist are let through
  // Put the content of env_file into `environment`, and take env_file out of the tree. Tools do, before they create
  // anything; `config --hash` does not.
  bool resolve_environment = true;
  // Take label_file out of the tree once it is read into `labels`: `config` does, `up` does not, which its hash shows.
  bool discard_label_files = false;
  Platforms platforms = Platforms::kAsWritten;
};

struct Loaded {
  std::optional<Project> project;  // absent when there are errors, or when nothing was to be interpolated
  yaml::Node model;                // the canonical tree of everything when nothing was to be interpolated, else null
  std::vector<yaml::Diagnostic> errors;    // as many as could be found
  std::vector<yaml::Diagnostic> warnings;  // to be shown once each

  bool ok() const { return errors.empty(); }
};

// Reads, merges and resolves. Never throws for what the files hold (see Loaded::errors). Throws kNotFound when there is
// no compose file, kInvalid for options that cannot be (a project name, COMPOSE_DISABLE_ENV_FILE), what `reader`
// throws.
Loaded load(const LoadOptions& options, const FileReader& reader);

// load(), or a kInvalid error with all that is wrong, one a line. Warnings are added to `warnings`.
Project load_or_throw(const LoadOptions& options, const FileReader& reader, std::vector<yaml::Diagnostic>& warnings);

}  // namespace berth::compose
