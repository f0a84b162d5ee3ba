#include "engine/pack.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace berth::engine {

Pack::Pack(std::vector<PackSource> sources, PackOptions options)
    : options_(std::move(options)),
      tar_(options_.what, options_.keep_owner),
      todo_(sources.rbegin(), sources.rend()),
      sources_left_(todo_.size()) {}

void Pack::step() {
  if (todo_.empty()) return tar_.end();
  const bool is_source = todo_.size() <= sources_left_;
  if (is_source) sources_left_ = todo_.size() - 1;
  const PackSource next = std::move(todo_.back());
  todo_.pop_back();
  struct stat status{};
  const bool follow = is_source && options_.follow_link;
  if ((follow ? ::stat(next.file.c_str(), &status) : ::lstat(next.file.c_str(), &status)) != 0) {
    if (options_.may_be_gone && errno == ENOENT) return;
    throw system_error(errno, "reading '" + next.file.string() + "'");
  }
  if (S_ISSOCK(status.st_mode)) return;
  const bool is_folder = S_ISDIR(status.st_mode);
  const bool out = options_.leave_out && options_.leave_out(next.file);
  if (out && !(is_folder && options_.may_have && options_.may_have(next.file))) return;
  if (!out && !next.name.empty()) {
    try {
      tar_.add(next.name, follow ? Path(std::filesystem::canonical(next.file)) : next.file, status);
    } catch (const Error& e) {
      if (options_.may_be_gone && e.kind() == Kind::kNotFound) return;
      throw;
    }
  }
  if (is_folder) add_content(next);
}

void Pack::add_content(const PackSource& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end(), std::greater<>());
  for (const std::string& name : names) {
    todo_.push_back({folder.file / name, folder.name.empty() ? name : folder.name + "/" + name});
  }
}

}  // namespace berth::engine
