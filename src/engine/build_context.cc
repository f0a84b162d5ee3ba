#include "engine/build_context.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/folder_walk.h"
#include "engine/ignore_patterns.h"
#include "engine/tar_stream.h"

namespace berth::engine {

namespace {

constexpr std::string_view kIgnoreFile = ".dockerignore";

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
  void choose_dockerfile(const BuildContextOptions& options);
  void read_ignore_file(const BuildContextOptions& options);
  void step();

  Path folder_;
  std::string dockerfile_;                 // name in the tar
  std::optional<std::string> extra_file_;  // text of a Dockerfile that isn't in the folder
  std::string ignore_text_;                // of .dockerignore as it is in the folder
  bool has_ignore_file_ = false;
  IgnorePatterns ignore_;

  TarStream tar_{"the build context"};
  std::optional<FolderWalk> walk_;
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
  walk_.emplace(folder_, FolderFilter{.leaves_out = [this](std::string_view path) { return ignore_.ignores(path); },
                                      .may_want_below =
                                          [this](std::string_view path) { return ignore_.may_include_below(path); }});
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

// Does a little more: the next file.
void BuildContext::Writer::step() {
  if (const auto entry = walk_->next()) {
    // A longer ignore file is sent at the end.
    if (!extra_file_ || entry->path != kIgnoreFile) tar_.add(entry->path, entry->file, entry->status);
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

BuildContext::BuildContext(const BuildContextOptions& options) : writer_(std::make_unique<Writer>(options)) {}
BuildContext::~BuildContext() = default;
BuildContext::BuildContext(BuildContext&&) noexcept = default;

const std::string& BuildContext::dockerfile() const { return writer_->dockerfile(); }
std::size_t BuildContext::read(const Context& context, std::span<char> buffer) {
  return writer_->read(context, buffer);
}

}  // namespace berth::engine
