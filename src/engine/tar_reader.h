// Reading tar archives as they come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "engine/tar.h"
#include "engine/types.h"

namespace berth::engine {

// Formats: ustar, POSIX.1-2001 (pax), and GNU's long names and large numbers. One thread at a time.
class TarReader {
 public:
  explicit TarReader(ByteSource source) : source_(std::move(source)) {}

  // The next member; what wasn't read of the one before is passed over. Nothing at the archive's end. Throws kInvalid
  // (not a tar, or cut short), kUnsupported (a kind of member that it can't read), and what the source throws.
  std::optional<TarEntry> next(const Context& context);
  // Some of the member's bytes; 0 at its end. Throws as next().
  std::size_t read(const Context& context, std::span<char> buffer);

 private:
  using Records = std::map<std::string, std::string, std::less<>>;

  // False when the source is at its end before the first byte.
  bool fill(const Context& context, std::span<char> buffer);
  std::string read_text(const Context& context, std::uint64_t size);
  void pass_over(const Context& context);

  ByteSource source_;
  std::uint64_t left_ = 0;     // of the member
  std::uint64_t padding_ = 0;  // after it
  Records global_;
};

}  // namespace berth::engine
