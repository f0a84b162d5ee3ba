#include "engine/tar.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"

namespace berth::engine {

namespace {

constexpr std::size_t kBlock = 512;

// The fields of a header block (POSIX ustar): where each begins and how long it is.
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kMajor{329, 8};
constexpr Field kMinor{337, 8};

class Header {
 public:
  void set(Field field, std::string_view text) { block_.replace(field.offset, text.size(), text); }

  // Octal digits that leave room for a zero at the end. False when the number needs more.
  bool set_number(Field field, std::uint64_t number) {
    std::string digits(field.size - 1, '0');
    for (std::size_t i = digits.size(); i-- > 0; number >>= 3) digits[i] = static_cast<char>('0' + (number & 7));
    if (number != 0) return false;
    set(field, digits);
    return true;
  }

  // As text where it fits and is ASCII, else false.
  bool set_text(Field field, std::string_view text) {
    const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    set(field, text.substr(0, field.size));
    return ascii && text.size() <= field.size;
  }

  std::string finish() {
    set(kMagic, std::string_view("ustar\00000", kMagic.size));
    set(kChecksum, "        ");
    unsigned sum = 0;
    for (const char c : block_) sum += static_cast<unsigned char>(c);
    set_number({kChecksum.offset, kChecksum.size - 1}, sum);
    return block_;
  }

 private:
  std::string block_ = std::string(kBlock, '\0');
};

char type_of(const TarEntry& entry) {
  if (entry.is_hard_link) return '1';
  if (S_ISREG(entry.mode)) return '0';
  if (S_ISLNK(entry.mode)) return '2';
  if (S_ISCHR(entry.mode)) return '3';
  if (S_ISBLK(entry.mode)) return '4';
  if (S_ISDIR(entry.mode)) return '5';
  if (S_ISFIFO(entry.mode)) return '6';
  throw Error(Kind::kUnsupported, "a tar can't hold '" + entry.path + "', which is a socket or unknown");
}

// "LENGTH NAME=VALUE\n", where the length counts itself.
std::string pax_record(std::string_view name, std::string_view value) {
  const std::size_t rest = name.size() + value.size() + 3;
  std::size_t size = rest + 1;
  while (std::to_string(size).size() + rest != size) ++size;
  return std::to_string(size) + " " + std::string(name) + "=" + std::string(value) + "\n";
}

std::string pax_header(const TarEntry& entry, const std::string& records) {
  constexpr std::size_t kLongestBase = 80;
  const std::size_t slash = entry.path.rfind('/', entry.path.size() < 2 ? 0 : entry.path.size() - 2);
  const std::string base = entry.path.substr(slash == std::string::npos ? 0 : slash + 1, kLongestBase);
  Header header;
  header.set_text(kName, "PaxHeaders.0/" + base);
  header.set_number(kMode, 0644);
  header.set_number(kUid, 0);
  header.set_number(kGid, 0);
  header.set_number(kSize, records.size());
  header.set_number(kMtime, 0);
  header.set(kType, "x");
  return header.finish() + records + tar_padding(records.size());
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  const bool is_file = S_ISREG(entry.mode) && !entry.is_hard_link;
  const std::string path = S_ISDIR(entry.mode) && !entry.path.ends_with('/') ? entry.path + "/" : entry.path;
  Header header;
  std::string records;
  const auto number = [&](Field field, std::string_view name, std::uint64_t value) {
    if (!header.set_number(field, value)) records += pax_record(name, std::to_string(value));
  };
  header.set(kType, std::string(1, type_of(entry)));
  header.set_number(kMode, entry.mode & 07777);
  if (!header.set_text(kName, path)) records += pax_record("path", path);
  if (!header.set_text(kLink, entry.link)) records += pax_record("linkpath", entry.link);
  number(kUid, "uid", entry.uid);
  number(kGid, "gid", entry.gid);
  number(kSize, "size", is_file ? entry.size : 0);
  if (entry.mtime < 0 || !header.set_number(kMtime, static_cast<std::uint64_t>(entry.mtime))) {
    header.set_number(kMtime, 0);
    records += pax_record("mtime", std::to_string(entry.mtime));
  }
  if (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)) {
    header.set_number(kMajor, major(entry.device));
    header.set_number(kMinor, minor(entry.device));
  }
  for (const auto& [name, value] : entry.xattrs) records += pax_record("SCHILY.xattr." + name, value);
  return (records.empty() ? "" : pax_header(entry, records)) + header.finish();
}

std::string tar_padding(std::uint64_t size) { return std::string((kBlock - size % kBlock) % kBlock, '\0'); }

std::string tar_end() { return std::string(2 * kBlock, '\0'); }

std::string tar_file(TarEntry entry, std::string_view bytes) {
  entry.size = bytes.size();
  if ((entry.mode & S_IFMT) == 0) entry.mode |= S_IFREG;
  return tar_header(entry) + std::string(bytes) + tar_padding(bytes.size());
}

std::string_view first_file_of(std::string_view tar) {
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kSizeAt = 124;
  constexpr std::size_t kSizeLength = 11;
  constexpr std::size_t kTypeAt = 156;
  while (tar.size() >= kBlock) {
    const std::uint64_t size = std::strtoull(std::string(tar.substr(kSizeAt, kSizeLength)).c_str(), nullptr, 8);
    const char type = tar[kTypeAt];
    tar.remove_prefix(kBlock);
    if (size > tar.size()) return {};
    if (type == '0' || type == '\0') return tar.substr(0, size);
    tar.remove_prefix(std::min<std::uint64_t>(tar.size(), (size + kBlock - 1) / kBlock * kBlock));
  }
  return {};
}

}  // namespace berth::engine
