// The files of a folder that a build sends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/files.h"

namespace berth::engine {

// Which paths (relative, '/' between their parts) are left out of a folder.
struct FolderFilter {
  std::function<bool(std::string_view path)> leaves_out;
  // Whether something below a folder that is left out may be wanted all the same, so that it must be walked.
  std::function<bool(std::string_view folder)> may_want_below;
};

// Goes through what is wanted of a folder and of those in it, in order of names, each folder before what it holds: one
// that is left out comes all the same before the first wanted thing in it. Links are not followed, sockets passed over.
// One thread at a time.
class FolderWalk {
 public:
  struct Entry {
    std::string path;  // relative to the folder
    Path file;
    struct stat status;
  };

  // Throws kNotFound, kForbidden where the folder can't be read.
  FolderWalk(Path folder, FolderFilter filter);

  // Nothing after the last. Throws kForbidden with the folder's name; what disappears meanwhile is kNotFound.
  std::optional<Entry> next();

 private:
  // A folder that is being walked.
  struct Level {
    std::string path;  // "" for the root
    std::vector<std::string> names;
    std::size_t next = 0;
    bool told = true;
  };

  std::optional<Entry> visit(const std::string& path);
  Entry entry_of(const std::string& path) const;

  const Path folder_;
  const FolderFilter filter_;
  std::vector<Level> levels_;
  std::optional<Entry> after_folders_;  // what the folders above it are told for
};

}  // namespace berth::engine
