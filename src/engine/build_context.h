// The files that a build sends to its engine, as a tar.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"
#include "engine/types.h"

namespace berth::engine {

struct BuildContextOptions {
  Path folder;
  // The Dockerfile: a path (relative to the folder, or absolute, maybe outside of it), or its text.
  Path dockerfile = "Dockerfile";
  std::optional<std::string> dockerfile_inline;
};

// Tar of a build's context, made while it is read: in order of names, with modes, symlinks, hard links and xattrs,
// owner and group 0. Leaves out what <Dockerfile>.dockerignore, else .dockerignore, names; those two files and the
// Dockerfile always go. One thread at a time.
class BuildContext {
 public:
  // Throws kNotFound (folder or Dockerfile, quoted), kInvalid (a malformed ignore file).
  explicit BuildContext(const BuildContextOptions& options);
  ~BuildContext();
  BuildContext(BuildContext&&) noexcept;

  // Name of the Dockerfile inside the tar, for BuildOptions::dockerfile.
  const std::string& dockerfile() const;
  // As a ByteSource; throws kNotFound, kForbidden with the file's name.
  std::size_t read(const Context& context, std::span<char> buffer);

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace berth::engine
