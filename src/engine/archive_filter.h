// Leaving files out of a tar archive on its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace berth::engine {

// An archive as `source` gives it, without the regular files whose path `is_left_out` is true for; all else stays as it
// is. Reads nothing ahead but a header. One thread at a time.
class ArchiveFilter {
 public:
  ArchiveFilter(http::Reader source, std::function<bool(std::string_view path)> is_left_out)
      : source_(std::move(source)), is_left_out_(std::move(is_left_out)) {}

  // As http::Reader. Throws what the source throws, kInternal when it is no tar archive.
  std::size_t read_some(const Context& context, std::span<char> buffer);

 private:
  bool read_header(const Context& context);
  void skip(const Context& context, std::uint64_t size);

  http::Reader source_;
  std::function<bool(std::string_view path)> is_left_out_;
  std::string header_;      // what of it is still to be given
  std::uint64_t body_ = 0;  // bytes of the file, padding included, still to be given
  bool ended_ = false;      // what follows is no file: given as it is
};

}  // namespace berth::engine
