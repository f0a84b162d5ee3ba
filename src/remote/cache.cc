#include "remote/cache.h"

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/error.h"

namespace berth::remote {

Path cache_folder(const Environment& environment) {
  const Path base = environment.get_or("XDG_CACHE_HOME", environment.home() + "/.cache");
  return base / "berth" / "compose";
}

namespace {

using std::filesystem::file_time_type;

// Also what a killed process has left.
void forget_unused(const Path& cache) {
  const auto oldest = file_time_type::clock::now() - kKeptUnused;
  std::error_code ignored;
  std::vector<Path> unused;
  for (std::filesystem::directory_iterator at(cache, ignored), end; !ignored && at != end; at.increment(ignored)) {
    if (at->last_write_time(ignored) < oldest && !ignored) unused.push_back(at->path());
  }
  for (const Path& folder : unused) std::filesystem::remove_all(folder, ignored);
}

}  // namespace

Path cached(const Path& cache, const std::string& name, const std::function<void(const Path& folder)>& fill) {
  const Path folder = cache / name;
  if (std::filesystem::is_directory(folder)) {
    std::error_code ignored;  // a cache that may only be read
    std::filesystem::last_write_time(folder, file_time_type::clock::now(), ignored);
    return folder;
  }
  make_folder(cache, 0700);
  forget_unused(cache);
  std::string made = (cache / ".new-XXXXXX").string();
  if (::mkdtemp(made.data()) == nullptr) throw system_error(errno, "making a folder in '" + cache.string() + "'");
  try {
    fill(made);
    std::error_code error;
    std::filesystem::rename(made, folder, error);
    if (error && !std::filesystem::is_directory(folder)) {
      throw system_error(error.value(), "making '" + folder.string() + "'");
    }
    if (error) remove_tree(made);  // somebody else was faster
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(made, ignored);
    throw;
  }
  return folder;
}

}  // namespace berth::remote
