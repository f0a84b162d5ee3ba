#include "engine/tar_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"

namespace berth::engine {

namespace {

constexpr const char* kCapability = "security.capability";
constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

void TarStream::add(const std::string& name, const Path& file, const struct stat& status) {
  TarEntry entry{.path = name, .mode = status.st_mode, .mtime = status.st_mtim.tv_sec};
  if (keep_owner_) {
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
  }
  if (S_ISLNK(status.st_mode)) entry.link = std::filesystem::read_symlink(file).string();
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) entry.device = status.st_rdev;
  if (S_ISREG(status.st_mode)) {
    if (status.st_nlink > 1) {
      const auto [first, is_new] = links_.try_emplace({status.st_dev, status.st_ino}, name);
      entry.is_hard_link = !is_new;
      if (!is_new) entry.link = first->second;
    }
    if (!entry.is_hard_link) open_file(file, entry);
  }
  buffer_ += tar_header(entry);
}

void TarStream::add_text(const std::string& name, std::string_view text, mode_t permissions) {
  buffer_ += tar_file({.path = name, .mode = S_IFREG | permissions}, text);
}

void TarStream::end() {
  buffer_ += tar_end();
  ended_ = true;
}

std::size_t TarStream::read(const Context& context, std::span<char> buffer, const std::function<void()>& more) {
  while (taken_ == buffer_.size()) {
    buffer_.clear();
    taken_ = 0;
    context.check();
    if (file_) {
      copy_file();
    } else if (ended_) {
      return 0;
    } else {
      more();
    }
  }
  const std::size_t size = std::min(buffer.size(), buffer_.size() - taken_);
  std::memcpy(buffer.data(), buffer_.data() + taken_, size);
  taken_ += size;
  return size;
}

void TarStream::open_file(const Path& file, TarEntry& entry) {
  file_ = Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!file_ || ::fstat(file_.get(), &status) != 0) {
    const int cause = errno;
    file_.reset();
    throw system_error(cause, "opening '" + file.string() + "' of " + what_);
  }
  file_path_ = file;
  entry.size = file_size_ = file_left_ = static_cast<std::uint64_t>(status.st_size);
  char value[256];
  const ssize_t size = ::fgetxattr(file_.get(), kCapability, value, sizeof value);
  if (size > 0) entry.xattrs.emplace_back(kCapability, std::string(value, static_cast<std::size_t>(size)));
}

void TarStream::copy_file() {
  if (file_left_ == 0) {
    buffer_ += tar_padding(file_size_);
    file_.reset();
    return;
  }
  buffer_.resize(std::min<std::uint64_t>(file_left_, kPiece));
  const ssize_t size = ::read(file_.get(), buffer_.data(), buffer_.size());
  if (size < 0) throw system_error(errno, "reading '" + file_path_.string() + "' of " + what_);
  if (size == 0) {
    throw Error(Kind::kConflict,
                "'" + file_path_.string() + "' of " + what_ + " became smaller while it was read; try again");
  }
  buffer_.resize(static_cast<std::size_t>(size));
  file_left_ -= static_cast<std::uint64_t>(size);
}

}  // namespace berth::engine
