#include "engine/unpack.h"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "engine/tar_reader.h"

namespace berth::engine {

namespace {

// "a/./b/" as its parts. Throws kInvalid where it leads upwards.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") throw Error(Kind::kInvalid, "the archive's '" + std::string(path) + "' leads out of its folder");
    parts.push_back(std::move(part));
  }
  return parts;
}

class Unpacker {
 public:
  Unpacker(const Path& folder, const UnpackOptions& options)
      : folder_(folder), options_(options), root_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!root_) throw system_error(errno, "opening folder '" + folder.string() + "'");
  }

  void add(const Context& context, TarReader& tar, const TarEntry& entry) {
    const std::vector<std::string> parts = parts_of(renamed(entry.path));
    if (parts.empty()) return;
    path_ = join(parts, "/");
    const Fd parent = open_parent(parts);
    name_ = parts.back();
    if (S_ISDIR(entry.mode)) {
      make_folder(parent.get());
    } else {
      clear(parent.get());
      make(context, tar, entry, parent.get());
    }
    finish(entry, parent.get());
  }

  // Last, as every file that is made changes its folder's time, and may not be made in a read-only one.
  void finish_folders() {
    for (auto it = folders_.rbegin(); it != folders_.rend(); ++it) {
      path_ = it->path;
      const std::vector<std::string> parts = parts_of(path_);
      const Fd parent = open_parent(parts);
      if (::fchmodat(parent.get(), parts.back().c_str(), it->mode & 07777, 0) != 0) {
        fail(errno, "setting the permissions of");
      }
      set_time(parent.get(), parts.back(), it->mtime);
    }
  }

 private:
  struct Folder {
    std::string path;
    mode_t mode;
    std::int64_t mtime;
  };

  std::string renamed(const std::string& path) const { return options_.rename ? options_.rename(path) : path; }

  [[noreturn]] void fail(int cause, const std::string& doing) const {
    if (cause == ELOOP || cause == ENOTDIR) {
      throw Error(Kind::kConflict, doing + " '" + (folder_ / path_).string() +
                                       "': what is there on the way is a link or no folder: move it away");
    }
    throw system_error(cause, doing + " '" + (folder_ / path_).string() + "'");
  }

  // The folder that a member goes into, made where it is missing; links are not followed.
  Fd open_parent(const std::vector<std::string>& parts) const {
    Fd folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      if (::mkdirat(folder.get(), parts[i].c_str(), 0755) != 0 && errno != EEXIST) fail(errno, "making");
      Fd next(::openat(folder.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next) fail(errno, "unpacking");
      folder = std::move(next);
    }
    return folder;
  }

  void make_folder(int parent) const {
    if (::mkdirat(parent, name_.c_str(), 0700) == 0) return;
    struct stat status{};
    if (errno != EEXIST || ::fstatat(parent, name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) fail(errno, "making");
    if (!S_ISDIR(status.st_mode)) fail(ENOTDIR, "making folder");
  }

  // Takes away what has the name.
  void clear(int parent) const {
    if (::unlinkat(parent, name_.c_str(), 0) == 0 || errno == ENOENT) return;
    if (errno == EISDIR || errno == EPERM) {
      throw Error(Kind::kConflict, "'" + (folder_ / path_).string() +
                                       "' is a folder, and a file is to be there: remove "
                                       "it first");
    }
    fail(errno, "replacing");
  }

  void make(const Context& context, TarReader& tar, const TarEntry& entry, int parent) const {
    if (entry.is_hard_link) return link(entry, parent);
    if (S_ISREG(entry.mode)) return write(context, tar, parent);
    if (S_ISLNK(entry.mode)) {
      if (::symlinkat(entry.link.c_str(), parent, name_.c_str()) != 0) fail(errno, "making link");
    } else if (::mknodat(parent, name_.c_str(), (entry.mode & S_IFMT) | 0600, entry.device) != 0) {
      fail(errno, "making");
    }
  }

  void link(const TarEntry& entry, int parent) const {
    const std::vector<std::string> parts = parts_of(renamed(entry.link));
    if (parts.empty()) fail(ENOENT, "linking");
    const Fd folder = open_parent(parts);
    if (::linkat(folder.get(), parts.back().c_str(), parent, name_.c_str(), 0) != 0) fail(errno, "linking");
  }

  void write(const Context& context, TarReader& tar, int parent) const {
    const Fd file(::openat(parent, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) fail(errno, "making");
    std::array<char, 65536> buffer;
    while (std::size_t size = tar.read(context, buffer)) {
      for (std::size_t written = 0; written < size;) {
        const ssize_t some = ::write(file.get(), buffer.data() + written, size - written);
        if (some < 0 && errno != EINTR) fail(errno, "writing");
        if (some > 0) written += static_cast<std::size_t>(some);
      }
    }
  }

  // Owner, permissions and time.
  void finish(const TarEntry& entry, int parent) {
    if (entry.is_hard_link) return;
    if (options_.keep_owner && ::fchownat(parent, name_.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != EPERM) {
      fail(errno, "setting the owner of");
    }
    if (S_ISDIR(entry.mode)) {
      folders_.push_back({path_, entry.mode, entry.mtime});
      return;
    }
    if (!S_ISLNK(entry.mode) && ::fchmodat(parent, name_.c_str(), entry.mode & 07777, 0) != 0) {
      fail(errno, "setting the permissions of");
    }
    set_time(parent, name_, entry.mtime);
  }

  static void set_time(int parent, const std::string& name, std::int64_t mtime) {
    const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = mtime, .tv_nsec = 0}};
    static_cast<void>(::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW));  // a file without is good too
  }

  const Path& folder_;
  const UnpackOptions& options_;
  const Fd root_;
  std::string path_;  // of the member in work, in the folder
  std::string name_;  // its last part
  std::vector<Folder> folders_;
};

}  // namespace

void unpack(const Context& context, ByteSource tar, const Path& folder, const UnpackOptions& options) {
  TarReader reader(std::move(tar));
  Unpacker unpacker(folder, options);
  while (const auto entry = reader.next(context)) unpacker.add(context, reader, *entry);
  unpacker.finish_folders();
}

}  // namespace berth::engine
