#include "remote/cache.h"

#include <cerrno>
#include <cstdlib>

#include "base/error.h"

namespace berth::remote {

Path cache_folder(const Environment& environment) {
  const Path base = environment.get_or("XDG_CACHE_HOME", environment.home() + "/.cache");
  return base / "berth" / "compose";
}

Path cached(const Path& cache, const std::string& name, const std::function<void(const Path& folder)>& fill) {
  const Path folder = cache / name;
  if (std::filesystem::is_directory(folder)) return folder;
  make_folder(cache, 0700);
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
