#include "engine/build_context.h"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/ignore_patterns.h"
#include "engine/tar_stream.h"

namespace berth::engine {

namespace {

constexpr std::string_view kIgnoreFile = ".dockerignore";

std::vector<std::string> sorted_names(const Path& folder) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), ::closedir);
  if (!handle) throw system_error(errno, "opening folder '" + folder.string() + "'");
  while (const dirent* entry = ::readdir(handle.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// `path` relative to `folder`; nothing when it is outside.
std::optional<std::string> inside(const Path& folder, const Path& path) {
  std::string relative = path.lexically_relative(folder).string();
  if (relative.empty() || relative == ".." || relative.starts_with("../")) return std::nullopt;
  return relative;
}

}  // namespace

// Walks the folder and writes the tar as far as it is asked for.
class BuildContext::Writer {
 public:
  explicit Writer(const BuildContextOptions& options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const std::string& dockerfile() const { return dockerfile_; }
  std::size_t read(const Context& context, std::span<char> buffer) {
    return tar_.read(context, buffer, [this] { step(); });
  }

 private:
  // A folder that is being walked.
  struct Level {
    std::string path;  // in the context, "" for its root
    std::vector<std::string> names;
    std::size_t next = 0;
    bool written = true;  // false: ignored, but something below may be sent; then it is too
  };

  void choose_dockerfile(const BuildContextOptions& options);
  void read_ignore_file(const BuildContextOptions& options);
  void step();
  void visit(const std::string& path);
  void write_folders_above();

  Path folder_;
  std::string dockerfile_;                 // name in the tar
  std::optional<std::string> extra_file_;  // text of a Dockerfile that isn't in the folder
  std::string ignore_text_;                // of .dockerignore as it is in the folder
  bool has_ignore_file_ = false;
  IgnorePatterns ignore_;

  TarStream tar_{"the build context"};
  std::vector<Level> levels_;
  bool extra_written_ = false;
};

BuildContext::Writer::Writer(const BuildContextOptions& options) {
  std::error_code error;
  folder_ = std::filesystem::canonical(options.folder.empty() ? Path(".") : options.folder, error);
  if (error || !std::filesystem::is_directory(folder_)) {
    throw Error(Kind::kNotFound, "the build context '" + options.folder.string() + "' isn't a folder");
  }
  choose_dockerfile(options);
  read_ignore_file(options);
  levels_.push_back({.path = "", .names = sorted_names(folder_)});
}

void BuildContext::Writer::choose_dockerfile(const BuildContextOptions& options) {
  if (options.dockerfile_inline) {
    extra_file_ = *options.dockerfile_inline;
  } else {
    const Path given = options.dockerfile.empty() ? Path("Dockerfile") : options.dockerfile;
    const Path path = (given.is_absolute() ? given : folder_ / given).lexically_normal();
    if (!std::filesystem::exists(path)) throw Error(Kind::kNotFound, "there is no Dockerfile '" + path.string() + "'");
    // A link may lead out of the folder though its name is in it.
    const auto name = inside(folder_, path);
    if (name && inside(folder_, std::filesystem::canonical(path))) {
      dockerfile_ = *name;
      return;
    }
    extra_file_ = read_file(path);
  }
  constexpr std::size_t kDigits = 20;
  dockerfile_ = ".dockerfile." + sha256_hex(*extra_file_).substr(0, kDigits);
}

void BuildContext::Writer::read_ignore_file(const BuildContextOptions& options) {
  if (auto text = read_file_if_exists(folder_ / kIgnoreFile)) {
    has_ignore_file_ = true;
    ignore_text_ = std::move(*text);
  }
  Path file = folder_ / kIgnoreFile;
  std::string text = ignore_text_;
  if (!options.dockerfile_inline) {
    const Path given = options.dockerfile.empty() ? Path("Dockerfile") : options.dockerfile;
    const Path own = (given.is_absolute() ? given : folder_ / given).string() + std::string(kIgnoreFile);
    if (auto own_text = read_file_if_exists(own)) {
      file = own;
      text = std::move(*own_text);
    }
  }
  within("'" + file.string() + "'", [&] { ignore_ = IgnorePatterns(text); });
  // The engine needs these two; the classic builder takes them away itself when they are ignored.
  if (ignore_.ignores(kIgnoreFile)) ignore_.add("!" + std::string(kIgnoreFile));
  if (ignore_.ignores(dockerfile_)) ignore_.add("!" + dockerfile_);
}

// Does a little more: the next name.
void BuildContext::Writer::step() {
  if (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next == level.names.size()) {
      levels_.pop_back();
      return;
    }
    const std::string& name = level.names[level.next++];
    visit(level.path.empty() ? name : level.path + "/" + name);
  } else if (extra_file_ && !extra_written_) {
    extra_written_ = true;
    tar_.add_text(dockerfile_, *extra_file_, 0600);
    // The builder takes away what .dockerignore names once it has read it: the image doesn't get this Dockerfile.
    const std::string ignored = has_ignore_file_ ? ignore_text_ : std::string(kIgnoreFile);
    tar_.add_text(std::string(kIgnoreFile), ignored + "\n" + dockerfile_ + "\n", 0600);
  } else {
    tar_.end();
  }
}

void BuildContext::Writer::visit(const std::string& path) {
  if (extra_file_ && path == kIgnoreFile) return;  // a longer one is sent at the end
  const Path file = folder_ / path;
  const bool ignored = ignore_.ignores(path);
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) {
    if (ignored) return;
    throw system_error(errno, "reading '" + file.string() + "' of the build context");
  }
  const bool is_folder = S_ISDIR(status.st_mode);
  if (ignored && !(is_folder && ignore_.may_include_below(path))) return;
  if (S_ISSOCK(status.st_mode)) return;  // a tar can't have one; docker leaves it out too
  if (!ignored) {
    write_folders_above();
    tar_.add(path, file, status);
  }
  if (is_folder) levels_.push_back({.path = path, .names = sorted_names(file), .written = !ignored});
}

void BuildContext::Writer::write_folders_above() {
  for (Level& level : levels_) {
    if (level.written) continue;
    level.written = true;
    struct stat status{};
    const Path file = folder_ / level.path;
    if (::lstat(file.c_str(), &status) != 0) throw system_error(errno, "reading '" + file.string() + "'");
    tar_.add(level.path, file, status);
  }
}

BuildContext::BuildContext(const BuildContextOptions& options) : writer_(std::make_unique<Writer>(options)) {}
BuildContext::~BuildContext() = default;
BuildContext::BuildContext(BuildContext&&) noexcept = default;

const std::string& BuildContext::dockerfile() const { return writer_->dockerfile(); }
std::size_t BuildContext::read(const Context& context, std::span<char> buffer) {
  return writer_->read(context, buffer);
}

}  // namespace berth::engine
