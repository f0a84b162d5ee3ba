#include "engine/folder_walk.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include <dirent.h>

#include "base/error.h"

namespace berth::engine {

namespace {

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

}  // namespace

FolderWalk::FolderWalk(Path folder, FolderFilter filter) : folder_(std::move(folder)), filter_(std::move(filter)) {
  levels_.push_back({.path = "", .names = sorted_names(folder_)});
}

std::optional<FolderWalk::Entry> FolderWalk::next() {
  for (;;) {
    if (after_folders_) {
      const auto untold = std::find_if(levels_.begin(), levels_.end(), [](const Level& level) { return !level.told; });
      if (untold == levels_.end() || untold->path == after_folders_->path) {
        if (untold != levels_.end()) untold->told = true;
        return std::exchange(after_folders_, std::nullopt);
      }
      untold->told = true;
      return entry_of(untold->path);
    }
    if (levels_.empty()) return std::nullopt;
    Level& level = levels_.back();
    if (level.next == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    const std::string& name = level.names[level.next++];
    after_folders_ = visit(level.path.empty() ? name : level.path + "/" + name);
  }
}

// What is at the path where it is wanted; a folder is walked next.
std::optional<FolderWalk::Entry> FolderWalk::visit(const std::string& path) {
  const bool left_out = filter_.leaves_out(path);
  Entry entry{.path = path, .file = folder_ / path, .status = {}};
  if (::lstat(entry.file.c_str(), &entry.status) != 0) {
    if (left_out) return std::nullopt;
    throw system_error(errno, "reading '" + entry.file.string() + "' of the build context");
  }
  const bool is_folder = S_ISDIR(entry.status.st_mode);
  if (left_out && !(is_folder && filter_.may_want_below(path))) return std::nullopt;
  if (S_ISSOCK(entry.status.st_mode)) return std::nullopt;
  if (is_folder) levels_.push_back({.path = path, .names = sorted_names(entry.file), .told = false});
  if (left_out) return std::nullopt;
  return entry;
}

FolderWalk::Entry FolderWalk::entry_of(const std::string& path) const {
  Entry entry{.path = path, .file = folder_ / path, .status = {}};
  if (::lstat(entry.file.c_str(), &entry.status) != 0) {
    throw system_error(errno, "reading '" + entry.file.string() + "' of the build context");
  }
  return entry;
}

}  // namespace berth::engine
