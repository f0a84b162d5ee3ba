// Writing tar archives: build contexts, and files that are copied into containers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace berth::engine {

// A member of an archive.
struct TarEntry {
  std::string path;  // a folder's is given a '/' at its end
  mode_t mode = 0;   // type and permission bits, as st_mode
  uid_t uid = 0;
  gid_t gid = 0;
  std::uint64_t size = 0;  // of a regular file
  std::int64_t mtime = 0;  // seconds since 1970
  std::string link;        // target of a symlink; the earlier member of a hard link
  bool is_hard_link = false;
  dev_t device = 0;
  std::vector<std::pair<std::string, std::string>> xattrs;
};

// Header of the member, to be followed by its bytes and tar_padding. POSIX.1-2001 (pax): extended records only where
// the plain header can't say it. Throws kUnsupported for what a tar can't hold (a socket).
std::string tar_header(const TarEntry& entry);

// Zeros up to the next block after a member of that size.
std::string tar_padding(std::uint64_t size);

// Ends the archive.
std::string tar_end();

// A whole member: header, bytes, padding. Sets the entry's size.
std::string tar_file(TarEntry entry, std::string_view bytes);

// Content of the archive's first member that is a regular file; empty where there is none, or it is cut short.
std::string_view first_file_of(std::string_view tar);

}  // namespace berth::engine
