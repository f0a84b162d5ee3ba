// Files and folders of this computer as a tar under other names: for copying them into a container.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "engine/tar_stream.h"

namespace berth::engine {

struct PackSource {
  Path file;         // a folder is taken with all that is in it
  std::string name;  // in the tar; empty for a folder whose content alone is meant
};

struct PackOptions {
  std::string what = "what is copied";  // in errors
  bool keep_owner = false;
  bool follow_link = false;                          // of a source that is a link, what it points to
  bool may_be_gone = false;                          // what isn't there (any more) is passed over
  std::function<bool(const Path& file)> leave_out;   // with all below, for folders
  std::function<bool(const Path& folder)> may_have;  // whether something below a folder left out is not; absent: never
};

// Made while it is read; in the order of the sources, then of names. Sockets are left out. One thread at a time.
class Pack {
 public:
  Pack(std::vector<PackSource> sources, PackOptions options);

  // As a ByteSource; throws kNotFound, kForbidden with the file's name.
  std::size_t read(const Context& context, std::span<char> buffer) {
    return tar_.read(context, buffer, [this] { step(); });
  }

 private:
  void step();
  void add_content(const PackSource& folder);

  const PackOptions options_;
  TarStream tar_;
  std::vector<PackSource> todo_;  // the next one last
  std::size_t sources_left_;      // of those given
};

}  // namespace berth::engine
