#include "base/files.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

namespace berth {

namespace {

std::string quoted(const Path& path) { return "'" + path.string() + "'"; }

// Writes all the bytes; returns 0 or the errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

std::string read_file(const Path& path, std::size_t limit) {
  const std::string doing = "reading " + quoted(path);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw system_error(errno, doing);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw system_error(errno, doing);
  if (S_ISDIR(status.st_mode)) throw Error(Kind::kInvalid, doing + ": is a folder, not a file");
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(errno, doing);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > limit) throw Error(Kind::kInvalid, doing + ": larger than " + std::to_string(limit) + " bytes");
  }
}

std::optional<std::string> read_file_if_exists(const Path& path) {
  try {
    return read_file(path);
  } catch (const Error& e) {
    if (e.kind() == Kind::kNotFound) return std::nullopt;
    throw;
  }
}

void write_file(const Path& path, std::string_view bytes, mode_t mode) {
  const std::string doing = "writing " + quoted(path);
  if (path.has_parent_path()) make_folder(path.parent_path(), (mode & 077) == 0 ? 0700 : 0755);
  std::string temporary = path.string() + ".XXXXXX";
  Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) throw system_error(errno, doing);
  int failure = write_all(file.get(), bytes);
  if (failure == 0 && ::fchmod(file.get(), mode) != 0) failure = errno;
  if (failure == 0 && ::fsync(file.get()) != 0) failure = errno;
  file.reset();
  if (failure == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure == 0) return;
  ::unlink(temporary.c_str());
  throw system_error(failure, doing);
}

void make_folder(const Path& path, mode_t mode) {
  if (path.empty() || ::mkdir(path.c_str(), mode) == 0) return;
  if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    make_folder(path.parent_path(), mode);
    if (::mkdir(path.c_str(), mode) == 0) return;
  }
  const int failure = errno;
  std::error_code ignored;
  if (failure == EEXIST && std::filesystem::is_directory(path, ignored)) return;
  throw system_error(failure, "making folder " + quoted(path));
}

void remove_tree(const Path& path) {
  std::error_code failure;
  std::filesystem::remove_all(path, failure);
  if (failure) throw system_error(failure.value(), "removing " + quoted(path));
}

namespace {

// Whether `path` still names the open file: a holder may have removed it while we waited.
bool names(const Path& path, int fd) {
  struct stat there{};
  struct stat open{};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(fd, &open) == 0 && there.st_ino == open.st_ino &&
         there.st_dev == open.st_dev;
}

}  // namespace

FileLock::FileLock(const Path& path) : fd_(-1) {
  for (;;) {
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) throw system_error(errno, "opening lock " + quoted(path));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) throw Error(Kind::kConflict, quoted(path) + " is locked by another process");
      throw system_error(errno, "locking " + quoted(path));
    }
    if (names(path, file.get())) {
      fd_ = file.release();
      return;
    }
  }
}

FileLock FileLock::wait_for(const Context& context, const Path& path) {
  // The operating system cannot wait for a lock and for Ctrl-C at once, so it is tried again and again.
  for (auto pause = std::chrono::milliseconds(1);; pause = std::min(pause * 2, std::chrono::milliseconds(20))) {
    try {
      return FileLock(path);
    } catch (const Error& e) {
      if (e.kind() != Kind::kConflict) throw;
    }
    context.sleep_for(pause);
  }
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "berth-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw system_error(errno, "making a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace berth
