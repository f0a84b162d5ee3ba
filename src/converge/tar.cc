#include "converge/tar.h"

#include <array>
#include <cstring>

#include "base/error.h"

namespace berth::converge {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameSize = 100;
constexpr std::size_t kPrefixSize = 155;

// The header block as POSIX.1-1988 lays it out; numbers are octal text.
struct Header {
  std::array<char, kNameSize> name;
  std::array<char, 8> mode;
  std::array<char, 8> uid;
  std::array<char, 8> gid;
  std::array<char, 12> size;
  std::array<char, 12> mtime;
  std::array<char, 8> checksum;
  char type;
  std::array<char, 100> link;
  std::array<char, 6> magic;
  std::array<char, 2> version;
  std::array<char, 32> owner;
  std::array<char, 32> group;
  std::array<char, 16> device;
  std::array<char, kPrefixSize> prefix;
  std::array<char, 12> padding;
};
static_assert(sizeof(Header) == kBlock);

template <std::size_t Size>
void put_octal(std::array<char, Size>& field, std::uint64_t value) {
  for (std::size_t i = Size - 1; i-- > 0; value >>= 3U) field[i] = static_cast<char>('0' + (value & 7U));
  field[Size - 1] = '\0';
}

template <std::size_t Size>
void put_text(std::array<char, Size>& field, std::string_view text) {
  std::memcpy(field.data(), text.data(), std::min(Size, text.size()));
}

void put_path(Header& header, std::string_view path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  std::string_view prefix;
  if (path.size() > kNameSize) {
    const std::size_t slash = path.find('/', path.size() - kNameSize - 1);
    if (slash == std::string_view::npos || slash > kPrefixSize) {
      throw Error(Kind::kInvalid, "path '" + std::string(path) + "' is too long for a tar");
    }
    prefix = path.substr(0, slash);
    path = path.substr(slash + 1);
  }
  put_text(header.name, path);
  put_text(header.prefix, prefix);
}

}  // namespace

std::string tar_of(const std::vector<CopyFiles::File>& files, engine::Time modified) {
  std::string tar;
  for (const CopyFiles::File& file : files) {
    Header header{};
    put_path(header, file.path);
    put_octal(header.mode, file.mode);
    put_octal(header.uid, static_cast<std::uint64_t>(file.uid));
    put_octal(header.gid, static_cast<std::uint64_t>(file.gid));
    put_octal(header.size, file.content.size());
    put_octal(header.mtime, static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(modified)));
    header.type = '0';
    put_text(header.magic, std::string_view("ustar\0", 6));
    header.version.fill('0');
    header.checksum.fill(' ');
    std::array<unsigned char, kBlock> bytes{};
    std::memcpy(bytes.data(), &header, kBlock);
    std::uint64_t sum = 0;
    for (const unsigned char byte : bytes) sum += byte;
    put_octal(header.checksum, sum);
    tar.append(reinterpret_cast<const char*>(&header), kBlock);
    tar += file.content;
    tar.append((kBlock - file.content.size() % kBlock) % kBlock, '\0');
  }
  tar.append(2 * kBlock, '\0');
  return tar;
}

}  // namespace berth::converge
