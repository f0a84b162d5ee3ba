#include "compose/file_reader.h"

#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "compose/file_path.h"

namespace berth::compose {

bool FileReader::is_remote(const std::string& name) const {
  return name.find("://") != std::string::npos || name.starts_with("git@");
}

std::string FileReader::fetch(const std::string& address) const {
  throw Error(Kind::kUnsupported, "files at a URL are not read here, copy '" + address + "' to this computer");
}

FileReader::Type DiskReader::type_of(const std::string& path) const {
  if (path == "-") return Type::kFile;
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) return Type::kMissing;
  return std::filesystem::is_directory(status) ? Type::kFolder : Type::kFile;
}

std::optional<std::string> DiskReader::read(const std::string& path) const {
  if (path != "-") return read_file_if_exists(path);
  if (!standard_input_)
    standard_input_.emplace(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  return standard_input_;
}

std::string DiskReader::resolve_links(const std::string& path) const {
  std::error_code failure;
  const auto resolved = std::filesystem::weakly_canonical(path, failure);
  return failure ? path : resolved.string();
}

FileReader::Type MemoryReader::type_of(const std::string& path) const {
  if (files_.contains(path)) return Type::kFile;
  const std::string folder = path == "/" ? path : path + "/";
  const auto inside = files_.lower_bound(folder);
  return inside != files_.end() && inside->first.starts_with(folder) ? Type::kFolder : Type::kMissing;
}

std::optional<std::string> MemoryReader::read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

}  // namespace berth::compose
