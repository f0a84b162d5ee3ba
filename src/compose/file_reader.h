// The loader's only door to the world: reading files.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace berth::compose {

class FileReader {
 public:
  enum class Type { kMissing, kFile, kFolder };

  virtual ~FileReader() = default;
  virtual Type type_of(const std::string& path) const = 0;
  // The file's bytes, nothing when it is missing; "-" is the standard input, which is read once and then remembered.
  // Throws kForbidden, kInvalid (a folder), kInternal.
  virtual std::optional<std::string> read(const std::string& path) const = 0;
  // The path with symbolic links resolved as far as it exists.
  virtual std::string resolve_links(const std::string& path) const = 0;

  // Whether the name of a compose file is an address of somewhere else: "oci://...", a git repository, any URL.
  virtual bool is_remote(const std::string& name) const;
  // The file of this disk, by its absolute path, that holds what is there. Throws kUnsupported for what it cannot
  // fetch, and whatever goes wrong on the way.
  virtual std::string fetch(const std::string& address) const;
};

// The machine's own files. One thread at a time.
class DiskReader : public FileReader {
 public:
  Type type_of(const std::string& path) const override;
  std::optional<std::string> read(const std::string& path) const override;
  std::string resolve_links(const std::string& path) const override;

 private:
  mutable std::optional<std::string> standard_input_;
};

// Files held in memory, by absolute path; for tests and for callers that have the text already.
class MemoryReader : public FileReader {
 public:
  MemoryReader() = default;
  explicit MemoryReader(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Type type_of(const std::string& path) const override;
  std::optional<std::string> read(const std::string& path) const override;
  std::string resolve_links(const std::string& path) const override { return path; }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace berth::compose
