#include "buildkit/folder_filter.h"

#include <memory>
#include <optional>
#include <set>

#include "engine/ignore_patterns.h"

namespace berth::buildkit {

namespace {

bool has_wildcard(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

// Follows links as the builder will when it reads the paths.
class Follower {
 public:
  explicit Follower(const Path& folder) : folder_(folder) {}

  void add(const Path& path) {
    Path current;
    const Path normal = ("/" / path).lexically_normal().relative_path();
    for (auto part = normal.begin(); part != normal.end(); ++part) {
      if (part->empty()) continue;
      current /= *part;
      Path rest;
      for (auto later = std::next(part); later != normal.end(); ++later) rest /= *later;
      const std::vector<Path> targets = targets_of(current);
      if (targets.empty()) continue;
      if (!found_.insert(current.string()).second) return;  // seen before: links in a circle
      for (const Path& target : targets) add(target / rest);
      return;
    }
    found_.insert(current.empty() ? "." : current.string());
  }

  std::vector<std::string> found() const { return {found_.begin(), found_.end()}; }

 private:
  // Where a link, or the links that a wildcard stands for, lead to.
  std::vector<Path> targets_of(const Path& path) const {
    std::vector<Path> targets;
    if (!has_wildcard(path.filename().string())) {
      if (auto target = target_of(path)) targets.push_back(std::move(*target));
      return targets;
    }
    std::error_code error;
    const engine::IgnorePatterns pattern(path.filename().string());
    std::filesystem::directory_iterator entry(folder_ / path.parent_path(), error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      const Path name = entry->path().filename();
      if (!pattern.ignores(name.string())) continue;
      if (auto target = target_of(path.parent_path() / name)) targets.push_back(std::move(*target));
    }
    return targets;
  }

  std::optional<Path> target_of(const Path& path) const {
    std::error_code error;
    const Path link = std::filesystem::read_symlink(folder_ / path, error);
    if (error) return std::nullopt;
    return link.is_absolute() ? link : path.parent_path() / link;
  }

  const Path& folder_;
  std::set<std::string> found_;
};

}  // namespace

std::vector<std::string> followed(const Path& folder, const std::vector<std::string>& paths) {
  Follower follower(folder);
  for (const std::string& path : paths) follower.add(path);
  return follower.found();
}

engine::FolderFilter filter_of(const Path& folder, const FolderWish& wish) {
  std::vector<std::string> wanted = wish.include;
  for (std::string& path : followed(folder, wish.follow)) wanted.push_back(std::move(path));

  const auto excluded = std::make_shared<engine::IgnorePatterns>();
  for (const std::string& pattern : wish.exclude) excluded->add(pattern);
  // What is wanted, the other way round: everything is left out but that.
  const auto unwanted = std::make_shared<engine::IgnorePatterns>();
  if (!wanted.empty()) unwanted->add("**");
  for (const std::string& pattern : wanted) {
    if (pattern == ".")
      return {.leaves_out = [=](std::string_view path) { return excluded->ignores(path); },
              .may_want_below = [=](std::string_view path) { return excluded->may_include_below(path); }};
    unwanted->add(pattern.starts_with('!') ? pattern.substr(1) : "!" + pattern);
  }
  return {.leaves_out = [=](std::string_view path) { return unwanted->ignores(path) || excluded->ignores(path); },
          .may_want_below =
              [=](std::string_view path) {
                return (!unwanted->ignores(path) || unwanted->may_include_below(path)) &&
                       (!excluded->ignores(path) || excluded->may_include_below(path));
              }};
}

}  // namespace berth::buildkit
