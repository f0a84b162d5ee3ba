// The files of a project as they are published, and what they would give away.
#pragma once

#include <string>
#include <vector>

#include "compose/file_reader.h"
#include "compose/project.h"
#include "remote/artifact.h"

namespace berth::remote {

struct Publication {
  // As written, variables and all, but that files which others name are called by a digest of their path. Env files are
  // the last.
  std::vector<ArtifactFile> files;
  // What looks like a secret and is going to be read by whoever reads the application: "compose.yaml:7: private key".
  std::vector<std::string> sensitive;
};

// Of the project's compose files, and the local ones that they extend. Env files are taken along only where `with_env`
// is set. Throws kInvalid (a file that is malformed; an `include` of a local file, which can't be published),
// kUnsupported with its place (a name written in a way that can't be replaced), what `reader` throws.
Publication publication(const compose::Project& project, const compose::FileReader& reader, bool with_env);

// The kinds of secrets that the text seems to hold, each with its line: {7, "private key"}.
struct Sensitive {
  std::size_t line = 0;
  std::string what;
};
std::vector<Sensitive> find_sensitive(std::string_view text);

}  // namespace berth::remote
