#include "engine/tar_reader.h"

#include <algorithm>
#include <array>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kLongestText = std::uint64_t{1} << 20;  // of names and pax records

[[noreturn]] void refuse(const std::string& problem) { throw Error(Kind::kInvalid, "reading a tar: " + problem); }

std::string_view text_at(std::string_view block, std::size_t offset, std::size_t size) {
  const std::string_view field = block.substr(offset, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits, or GNU's big-endian number where the first bit is set.
std::uint64_t number_at(std::string_view block, std::size_t offset, std::size_t size) {
  const std::string_view field = block.substr(offset, size);
  std::uint64_t number = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    for (std::size_t i = 1; i < field.size(); ++i) number = number << 8 | static_cast<unsigned char>(field[i]);
    return number;
  }
  for (const char c : trim(text_at(block, offset, size))) {
    if (c < '0' || c > '7') refuse("a number is malformed");
    number = number << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

void check_sum(std::string_view block) {
  constexpr std::size_t kSumAt = 148;
  constexpr std::size_t kSumSize = 8;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    sum += i >= kSumAt && i < kSumAt + kSumSize ? ' ' : static_cast<unsigned char>(block[i]);
  }
  if (number_at(block, kSumAt, kSumSize) != sum) refuse("a header's checksum is wrong, this is no tar");
}

mode_t mode_of(char type) {
  switch (type) {
    case '0':
    case '\0':
    case '7':
    case '1':
      return S_IFREG;
    case '2':
      return S_IFLNK;
    case '3':
      return S_IFCHR;
    case '4':
      return S_IFBLK;
    case '5':
      return S_IFDIR;
    case '6':
      return S_IFIFO;
    default:
      throw Error(Kind::kUnsupported,
                  std::string("a tar has a member of kind '") + type + "', which is not known here");
  }
}

// "LENGTH NAME=VALUE\n" one after another.
void read_records(std::string_view text, std::map<std::string, std::string, std::less<>>& records) {
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    const auto size = blank == std::string_view::npos ? std::nullopt : parse_integer(text.substr(0, blank));
    if (!size || *size <= static_cast<std::int64_t>(blank) + 1 || static_cast<std::size_t>(*size) > text.size()) {
      refuse("a pax record is malformed");
    }
    const auto [name, value] = cut(text.substr(blank + 1, static_cast<std::size_t>(*size) - blank - 2), '=');
    if (!value) refuse("a pax record is malformed");
    records[std::string(name)] = *value;
    text.remove_prefix(static_cast<std::size_t>(*size));
  }
}

TarEntry entry_of(std::string_view block) {
  TarEntry entry;
  const char type = block[156];
  entry.path = text_at(block, 0, 100);
  const bool posix = block.substr(257, 6) == std::string_view("ustar\0", 6);
  if (const auto prefix = text_at(block, 345, 155); posix && !prefix.empty()) {
    entry.path = std::string(prefix) + "/" + entry.path;
  }
  entry.mode = mode_of(type) | (static_cast<mode_t>(number_at(block, 100, 8)) & 07777U);
  entry.uid = static_cast<uid_t>(number_at(block, 108, 8));
  entry.gid = static_cast<gid_t>(number_at(block, 116, 8));
  entry.size = number_at(block, 124, 12);
  entry.mtime = static_cast<std::int64_t>(number_at(block, 136, 12));
  entry.link = text_at(block, 157, 100);
  entry.is_hard_link = type == '1';
  if (type == '3' || type == '4') {
    entry.device =
        makedev(static_cast<unsigned>(number_at(block, 329, 8)), static_cast<unsigned>(number_at(block, 337, 8)));
  }
  return entry;
}

void apply_records(const std::map<std::string, std::string, std::less<>>& records, TarEntry& entry) {
  constexpr std::string_view kAttribute = "SCHILY.xattr.";
  for (const auto& [name, value] : records) {
    const auto number = [&, &value = value, &name = name] {
      const auto whole = parse_integer(cut(value, '.').first);
      if (!whole) refuse("the pax record '" + name + "' is no number");
      return *whole;
    };
    if (name == "path") entry.path = value;
    if (name == "linkpath") entry.link = value;
    if (name == "size") entry.size = static_cast<std::uint64_t>(number());
    if (name == "uid") entry.uid = static_cast<uid_t>(number());
    if (name == "gid") entry.gid = static_cast<gid_t>(number());
    if (name == "mtime") entry.mtime = number();
    if (name.starts_with(kAttribute)) entry.xattrs.emplace_back(name.substr(kAttribute.size()), value);
  }
}

}  // namespace

std::optional<TarEntry> TarReader::next(const Context& context) {
  pass_over(context);
  Records records = global_;
  std::string long_name;
  std::string long_link;
  for (;;) {
    std::array<char, kBlock> bytes{};
    if (!fill(context, bytes)) return std::nullopt;
    const std::string_view block(bytes.data(), bytes.size());
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == 0; })) {
      // The rest is of no interest, but whoever sends it may wait for it to be taken.
      while (fill(context, bytes)) {
      }
      return std::nullopt;
    }
    check_sum(block);
    const char type = block[156];
    const std::uint64_t size = number_at(block, 124, 12);
    if (type == 'x' || type == 'g') {
      read_records(read_text(context, size), type == 'g' ? global_ : records);
      if (type == 'g') records.insert(global_.begin(), global_.end());
    } else if (type == 'L') {
      long_name = text_at(read_text(context, size), 0, size);
    } else if (type == 'K') {
      long_link = text_at(read_text(context, size), 0, size);
    } else {
      TarEntry entry = entry_of(block);
      if (!long_name.empty()) entry.path = long_name;
      if (!long_link.empty()) entry.link = long_link;
      apply_records(records, entry);
      left_ = S_ISREG(entry.mode) && !entry.is_hard_link ? entry.size : 0;
      padding_ = (kBlock - left_ % kBlock) % kBlock;
      return entry;
    }
  }
}

std::size_t TarReader::read(const Context& context, std::span<char> buffer) {
  if (left_ == 0) return 0;
  const std::size_t size = source_(context, buffer.first(std::min<std::uint64_t>(buffer.size(), left_)));
  if (size == 0) refuse("it is cut short");
  left_ -= size;
  return size;
}

bool TarReader::fill(const Context& context, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t size = source_(context, buffer.subspan(filled));
    if (size == 0 && filled == 0) return false;
    if (size == 0) refuse("it is cut short");
    filled += size;
  }
  return true;
}

std::string TarReader::read_text(const Context& context, std::uint64_t size) {
  if (size > kLongestText) refuse("a name or record is too long");
  std::string text((size + kBlock - 1) / kBlock * kBlock, '\0');
  if (!text.empty() && !fill(context, text)) refuse("it is cut short");
  text.resize(size);
  return text;
}

void TarReader::pass_over(const Context& context) {
  std::array<char, 32768> waste;
  while (left_ > 0) read(context, waste);
  while (padding_ > 0) {
    const std::size_t size = source_(context, std::span(waste).first(padding_));
    if (size == 0) refuse("it is cut short");
    padding_ -= size;
  }
}

}  // namespace berth::engine
