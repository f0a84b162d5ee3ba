#include "buildkit/file_sync.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/guarded.h"

namespace berth::buildkit {

namespace {

// Packet { type = 1; stat = 2; ID = 3; data = 4 }
enum class PacketType { kStat = 0, kRequest = 1, kData = 2, kEnd = 3, kError = 4 };

struct Packet {
  PacketType type = PacketType::kStat;
  std::uint32_t id = 0;
  std::string data;
};

Packet packet_of(const std::string& bytes) {
  Packet packet;
  try {
    for (protozero::pbf_reader message(bytes); message.next();) {
      if (message.tag() == 1) {
        packet.type = static_cast<PacketType>(message.get_enum());
      } else if (message.tag() == 3) {
        packet.id = message.get_uint32();
      } else if (message.tag() == 4) {
        packet.data = message.get_string();
      } else {
        message.skip();
      }
    }
  } catch (const protozero::exception&) {
    throw Error(Kind::kInternal, "the builder sent a malformed packet");
  }
  return packet;
}

// Mode bits as Go's os.FileMode has them.
std::uint32_t go_mode(mode_t mode) {
  std::uint32_t bits = mode & 0777;
  if (S_ISDIR(mode)) bits |= 1U << 31;
  if (S_ISLNK(mode)) bits |= 1U << 27;
  if (S_ISBLK(mode) || S_ISCHR(mode)) bits |= 1U << 26;
  if (S_ISCHR(mode)) bits |= 1U << 21;
  if (S_ISFIFO(mode)) bits |= 1U << 25;
  if ((mode & S_ISUID) != 0) bits |= 1U << 23;
  if ((mode & S_ISGID) != 0) bits |= 1U << 22;
  if ((mode & S_ISVTX) != 0) bits |= 1U << 20;
  return bits;
}

// What the builder is told of a file.
struct FileStat {
  std::string path;
  struct stat status{};
  std::string link;        // target of a symbolic link; the first name of a file that has several
  bool hard = false;       // the latter
  std::string capability;  // xattr security.capability
};

// Stat { path = 1; mode = 2; uid = 3; gid = 4; size = 5; modTime = 6; linkname = 7; devmajor = 8; devminor = 9;
// xattrs = 10 }
std::string stat_packet(const FileStat& file) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  std::string bytes;
  protozero::pbf_writer packet(bytes);
  packet.add_enum(1, static_cast<int>(PacketType::kStat));
  protozero::pbf_writer stat(packet, 2);
  stat.add_string(1, file.path);
  stat.add_uint32(2, go_mode(file.status.st_mode));
  if (!S_ISDIR(file.status.st_mode) && !file.hard) stat.add_int64(5, file.status.st_size);
  stat.add_int64(6, file.status.st_mtim.tv_sec * kNanoseconds + file.status.st_mtim.tv_nsec);
  if (!file.link.empty()) stat.add_string(7, file.link);
  if (S_ISBLK(file.status.st_mode) || S_ISCHR(file.status.st_mode)) {
    stat.add_int64(8, major(file.status.st_rdev));
    stat.add_int64(9, minor(file.status.st_rdev));
  }
  if (!file.capability.empty()) {
    protozero::pbf_writer entry(stat, 10);
    entry.add_string(1, "security.capability");
    entry.add_bytes(2, file.capability);
  }
  return bytes;
}

std::string packet(PacketType type, std::uint32_t id = 0, std::string_view data = {}) {
  std::string bytes;
  protozero::pbf_writer packet(bytes);
  packet.add_enum(1, static_cast<int>(type));
  if (id != 0) packet.add_uint32(3, id);
  if (!data.empty()) packet.add_bytes(4, data.data(), data.size());
  return bytes;
}

// Where files come from.
class Source {
 public:
  virtual ~Source() = default;
  // The next file, each folder before what it holds; nothing after the last.
  virtual std::optional<FileStat> next() = 0;
  virtual void send_content(const std::string& path, const std::function<void(std::string_view)>& piece) = 0;
};

Path resolved(const Path& folder) {
  std::error_code error;
  Path path = std::filesystem::canonical(folder, error);
  if (error) throw system_error(error.value(), "opening folder '" + folder.string() + "'");
  return path;
}

class FolderSource final : public Source {
 public:
  FolderSource(const Path& folder, const FolderWish& wish)
      : folder_(resolved(folder)), walk_(folder_, filter_of(folder_, wish)) {}

  std::optional<FileStat> next() override {
    const auto entry = walk_.next();
    if (!entry) return std::nullopt;
    FileStat file{.path = entry->path, .status = entry->status, .link = {}, .capability = {}};
    if (S_ISLNK(file.status.st_mode)) {
      std::error_code error;
      file.link = std::filesystem::read_symlink(entry->file, error).string();
      if (error) throw system_error(error.value(), "reading link '" + entry->file.string() + "' of the build context");
    }
    if (S_ISREG(file.status.st_mode)) {
      const std::pair inode(file.status.st_dev, file.status.st_ino);
      const auto [first, is_first] =
          file.status.st_nlink > 1 ? links_.try_emplace(inode, file.path) : std::pair(links_.end(), true);
      file.hard = !is_first;
      if (file.hard) file.link = first->second;
      char value[256];
      const ssize_t size = ::lgetxattr(entry->file.c_str(), "security.capability", value, sizeof value);
      if (size > 0) file.capability.assign(value, static_cast<std::size_t>(size));
    }
    return file;
  }

  void send_content(const std::string& path, const std::function<void(std::string_view)>& piece) override {
    const Path file = folder_ / path;
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) throw system_error(errno, "opening '" + file.string() + "' of the build context");
    std::array<char, std::size_t{32} << 10> buffer;
    for (;;) {
      const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
      if (size < 0) throw system_error(errno, "reading '" + file.string() + "' of the build context");
      if (size == 0) return;
      piece({buffer.data(), static_cast<std::size_t>(size)});
    }
  }

 private:
  const Path folder_;
  engine::FolderWalk walk_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

class TextSource final : public Source {
 public:
  TextSource(std::string name, const std::string& text) : name_(std::move(name)), text_(text) {}

  std::optional<FileStat> next() override {
    if (std::exchange(told_, true)) return std::nullopt;
    FileStat file{.path = name_, .status = {}, .link = {}, .capability = {}};
    file.status.st_mode = S_IFREG | 0600;
    file.status.st_size = static_cast<off_t>(text_.size());
    file.status.st_mtim.tv_sec = ::time(nullptr);
    return file;
  }

  void send_content(const std::string&, const std::function<void(std::string_view)>& piece) override { piece(text_); }

 private:
  const std::string name_;
  const std::string& text_;
  bool told_ = false;
};

// One thread hears what the builder asks for, one sends. What is asked for goes first, so that the builder's work and
// the walk through the folder overlap.
class Sender {
 public:
  Sender(const Context& context, grpc::Call& call, Source& source) : stop_(context), call_(call), source_(source) {}

  void run() {
    std::optional<Error> failure;
    std::jthread sending([&] {
      try {
        send_all();
      } catch (const Error& e) {
        failure = e;
        fail(e);
      }
    });
    try {
      hear();
    } catch (const Error&) {
      stop_.cancel();
      sending.join();
      if (failure && failure->kind() != Kind::kCancelled) throw *failure;
      throw;
    }
    wishes_.lock()->over = true;
    wishes_.notify();
    sending.join();
    call_.send(stop_.context(), packet(PacketType::kEnd));
  }

 private:
  struct Wishes {
    std::deque<std::uint32_t> ids;
    bool over = false;
  };

  // Until the builder has all that it wants.
  void hear() {
    while (const auto bytes = call_.receive(stop_.context())) {
      Packet got = packet_of(*bytes);
      switch (got.type) {
        case PacketType::kRequest:
          wishes_.lock()->ids.push_back(got.id);
          wishes_.notify();
          break;
        case PacketType::kEnd:
          return;
        case PacketType::kError:
          throw Error(Kind::kInternal, "the builder gave up taking files: " + got.data);
        default:
          break;
      }
    }
    throw Error(Kind::kUnavailable, "the builder stopped taking files");
  }

  void send_all() {
    while (tell_next()) {
      while (const auto id = wish(false)) send_file(*id);
    }
    call_.send(stop_.context(), packet(PacketType::kStat));  // no more to tell of
    while (const auto id = wish(true)) send_file(*id);
  }

  bool tell_next() {
    const auto file = source_.next();
    if (!file) return false;
    if (S_ISREG(file->status.st_mode)) files_.emplace(told_, file->path);
    ++told_;
    call_.send(stop_.context(), stat_packet(*file));
    return true;
  }

  // What is asked for next; nothing where there is nothing, or, `patient`, will be nothing any more.
  std::optional<std::uint32_t> wish(bool patient) {
    auto wishes = wishes_.lock();
    if (patient) wishes.wait(stop_.context(), [&] { return wishes->over || !wishes->ids.empty(); });
    if (wishes->ids.empty()) return std::nullopt;
    const std::uint32_t id = wishes->ids.front();
    wishes->ids.pop_front();
    return id;
  }

  void send_file(std::uint32_t id) {
    const auto file = files_.find(id);
    if (file == files_.end()) throw Error(Kind::kInternal, "the builder asks for a file that it wasn't told of");
    source_.send_content(file->second, [&](std::string_view piece) {
      call_.send(stop_.context(), packet(PacketType::kData, id, piece));
    });
    call_.send(stop_.context(), packet(PacketType::kData, id));  // its end
    files_.erase(file);
  }

  // The builder is told why, and hears no more.
  void fail(const Error& error) {
    try {
      call_.send(stop_.context(), packet(PacketType::kError, 0, error.message()));
    } catch (const Error&) {
      return;  // it knows, or is gone
    }
    stop_.cancel();
  }

  CancelSource stop_;
  grpc::Call& call_;
  Source& source_;
  std::uint32_t told_ = 0;
  std::map<std::uint32_t, std::string> files_;  // whose contents may be asked for
  Guarded<Wishes> wishes_;
};

}  // namespace

void send_folder(const Context& context, grpc::Call& call, const Path& folder, const FolderWish& wish) {
  FolderSource source(folder, wish);
  Sender(context, call, source).run();
}

void send_text(const Context& context, grpc::Call& call, const std::string& name, const std::string& text) {
  TextSource source(name, text);
  Sender(context, call, source).run();
}

}  // namespace berth::buildkit
