#include "cli/compose/copy_paths.h"

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

std::string_view without_end(std::string_view path) {
  for (;;) {
    if (path.size() > 1 && path.ends_with('/')) {
      path.remove_suffix(1);
    } else if (path.ends_with("/.") && path.size() > 2) {
      path.remove_suffix(2);
    } else {
      return path == "/." ? "/" : path;
    }
  }
}

}  // namespace

CopySpec parse_copy_spec(std::string_view text) {
  if (text.starts_with('/') || text.starts_with('.')) return {std::nullopt, std::string(text)};
  const auto [service, path] = cut(text, ':');
  if (!path || service.find('/') != std::string_view::npos) return {std::nullopt, std::string(text)};
  return {std::string(service), std::string(*path)};
}

std::string base_of(std::string_view path) {
  path = without_end(path);
  return path == "/" ? "/" : std::string(path.substr(path.rfind('/') + 1));
}

std::string parent_of(std::string_view path) {
  path = without_end(path);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool means_content(std::string_view path) { return path == "." || path.ends_with("/.") || base_of(path) == "/"; }

CopyPlace copy_place(const CopySource& source, const CopyTarget& target) {
  if (!source.is_folder && source.path.ends_with('/')) {
    throw Error(Kind::kConflict, "'" + source.path + "' is not a directory");
  }
  if (target.exists && target.is_folder) {
    const bool content = source.is_folder && means_content(source.path);
    return {target.path, content ? "" : base_of(source.path)};
  }
  if (target.exists && source.is_folder) {
    throw Error(Kind::kConflict, "cannot copy directory '" + source.path + "' onto file '" + target.path + "'");
  }
  if (!source.is_folder && (target.path.ends_with('/') || target.path.ends_with("/."))) {
    throw Error(Kind::kNotFound, "no such directory: '" + target.path + "'");
  }
  return {parent_of(target.path), base_of(target.path)};
}

}  // namespace berth::cli
