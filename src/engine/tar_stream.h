// A tar of files on this computer's disk, made while it is read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/fd.h"
#include "base/files.h"
#include "engine/tar.h"
#include "engine/types.h"

namespace berth::engine {

// Members are added one by one as the reader comes to them, so that neither lists nor contents pile up in memory. One
// thread at a time.
class TarStream {
 public:
  // `what` says in errors what the files are of: "the build context". `keep_owner`: members have their file's owner,
  // else 0.
  explicit TarStream(std::string what, bool keep_owner = false) : what_(std::move(what)), keep_owner_(keep_owner) {}

  // Gives the tar a member as `name`: a file (whose content is read when its turn comes), folder, link or device.
  // A file of which a link is in the tar already becomes a hard link to it. Throws kNotFound, kForbidden, kUnsupported
  // (a socket). Only when the member before has been read: from `more`.
  void add(const std::string& name, const Path& file, const struct stat& status);
  // A regular file of this text.
  void add_text(const std::string& name, std::string_view text, mode_t permissions);
  // Nothing follows.
  void end();

  // As a ByteSource; calls `more`, which adds a member, nothing yet, or the end, when all before has been read. Throws
  // kConflict when a file becomes smaller while it is read.
  std::size_t read(const Context& context, std::span<char> buffer, const std::function<void()>& more);

 private:
  void open_file(const Path& file, TarEntry& entry);
  void copy_file();

  const std::string what_;
  const bool keep_owner_;
  std::string buffer_;
  std::size_t taken_ = 0;                                 // of buffer_
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // first name of each file that has several
  Fd file_;                                               // being copied
  Path file_path_;
  std::uint64_t file_size_ = 0;
  std::uint64_t file_left_ = 0;
  bool ended_ = false;
};

}  // namespace berth::engine
