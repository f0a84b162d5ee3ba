#include "engine/archive_filter.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"

namespace berth::engine {

namespace {

constexpr std::size_t kBlock = 512;

// A field of the header (POSIX.1-1988, ustar): up to its end or a zero.
std::string_view field(std::string_view header, std::size_t begin, std::size_t size) {
  const std::string_view text = header.substr(begin, size);
  return text.substr(0, text.find('\0'));
}

// Octal digits; or, with the first bit set, the rest as a binary number, as GNU and Go write what is larger.
std::uint64_t size_of(std::string_view header) {
  const std::string_view text = header.substr(124, 12);
  std::uint64_t size = 0;
  if ((static_cast<unsigned char>(text[0]) & 0x80) != 0) {
    for (std::size_t i = 1; i < text.size(); ++i) size = size << 8 | static_cast<unsigned char>(text[i]);
    return size;
  }
  for (const char c : text) {
    if (c == ' ' || c == '\0') continue;
    if (c < '0' || c > '7') throw Error(Kind::kInternal, "the engine's archive is malformed");
    size = size * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

std::string path_of(std::string_view header) {
  const std::string_view prefix = field(header, 345, 155);
  return (prefix.empty() ? "" : std::string(prefix) + "/") + std::string(field(header, 0, 100));
}

bool is_file(std::string_view header) { return header[156] == '0' || header[156] == '\0'; }

}  // namespace

// False at the source's end.
bool ArchiveFilter::read_header(const Context& context) {
  header_.resize(kBlock);
  std::size_t got = 0;
  while (got < kBlock) {
    const std::size_t more = source_(context, {header_.data() + got, kBlock - got});
    if (more == 0) break;
    got += more;
  }
  header_.resize(got);
  return got == kBlock;
}

void ArchiveFilter::skip(const Context& context, std::uint64_t size) {
  std::array<char, 65'536> scratch;
  while (size > 0) {
    const std::size_t got =
        source_(context, {scratch.data(), static_cast<std::size_t>(std::min<std::uint64_t>(size, scratch.size()))});
    if (got == 0) throw Error(Kind::kUnavailable, "the engine's archive broke off");
    size -= got;
  }
}

std::size_t ArchiveFilter::read_some(const Context& context, std::span<char> buffer) {
  while (header_.empty() && body_ == 0 && !ended_) {
    if (!read_header(context) || header_.find_first_not_of('\0') == std::string::npos) {
      ended_ = true;
      break;
    }
    const std::uint64_t size = size_of(header_);
    const std::uint64_t padded = (size + kBlock - 1) / kBlock * kBlock;
    if (is_file(header_) && is_left_out_(path_of(header_))) {
      skip(context, padded);
      header_.clear();
    } else {
      body_ = padded;
    }
  }
  if (!header_.empty()) {
    const std::size_t size = std::min(buffer.size(), header_.size());
    std::copy_n(header_.data(), size, buffer.data());
    header_.erase(0, size);
    return size;
  }
  if (ended_) return source_(context, buffer);
  const std::size_t got =
      source_(context, buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(body_, buffer.size()))));
  if (got == 0) throw Error(Kind::kUnavailable, "the engine's archive broke off");
  body_ -= got;
  return got;
}

}  // namespace berth::engine
