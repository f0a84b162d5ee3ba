// Reading and writing whole files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/context.h"

namespace berth {

using Path = std::filesystem::path;

// The file's bytes. Throws kNotFound, kForbidden, kInvalid (a folder; larger than `limit` bytes).
std::string read_file(const Path& path, std::size_t limit = 256U << 20);
// Nothing when the file, or a folder on the way, does not exist; throws as read_file otherwise.
std::optional<std::string> read_file_if_exists(const Path& path);

// Replaces the file in one step: written beside it, flushed to disk, then renamed, so that a reader or a crash sees the
// old bytes or the new, never a part. Folders on the way are made (0700 when the file is private, else 0755).
// Throws kForbidden (also: read-only), kInternal (disk full, ...); nothing is left behind then.
void write_file(const Path& path, std::string_view bytes, mode_t mode = 0644);

// Makes the folder and those above it; does nothing where it exists. Throws kForbidden, kConflict (a file is there).
void make_folder(const Path& path, mode_t mode = 0755);

// Removes what is there, a whole tree or nothing. Throws kForbidden, kInternal.
void remove_tree(const Path& path);

// Holds an exclusive lock on a file (made when missing) until it goes. The operating system lets it go with the
// process. The holder may remove the file, so that none is left behind.
class FileLock {
 public:
  // Throws kConflict at once when another process holds it.
  explicit FileLock(const Path& path);
  // Waits until nobody else holds it. Throws kCancelled, kTimeout.
  static FileLock wait_for(const Context& context, const Path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  int fd_;
};

// A new folder under the system's temporary folder; removed with all it holds when this goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const Path& path() const { return path_; }

 private:
  Path path_;
};

}  // namespace berth
