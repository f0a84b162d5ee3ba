#include "engine/archive_filter.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/tar.h"

namespace berth::engine {
namespace {

// Gives at most `piece` bytes at a time, as networks do.
http::Reader source_of(std::string text, std::size_t piece) {
  return [text = std::move(text), piece, at = std::size_t{0}](const Context&, std::span<char> buffer) mutable {
    const std::size_t size = std::min({buffer.size(), piece, text.size() - at});
    std::copy_n(text.data() + at, size, buffer.data());
    at += size;
    return size;
  };
}

std::string file(const std::string& path, std::size_t size) {
  return tar_file({.path = path, .mode = S_IFREG | 0644}, std::string(size, 'x'));
}

std::string filtered(const std::string& archive, const std::string& left_out, std::size_t piece = 100) {
  ArchiveFilter filter(source_of(archive, piece), [&](std::string_view path) { return path == left_out; });
  return http::read_all(
      {}, [&](const Context& context, std::span<char> buffer) { return filter.read_some(context, buffer); },
      std::size_t{1} << 30);
}

TEST(ArchiveFilter, LeavesOutTheFilesThatItIsToldTo) {
  const std::string before = tar_header({.path = "blobs/", .mode = S_IFDIR | 0755}) + file("blobs/a", 1000);
  const std::string after = file("blobs/c", 512) + file("empty", 0) + tar_end();
  for (const std::size_t piece : {1UL, 7UL, 512UL, 100'000UL}) {
    EXPECT_EQ(filtered(before + file("blobs/b", 700'000) + after, "blobs/b", piece), before + after) << piece;
  }
}

TEST(ArchiveFilter, AnArchiveWithNothingToLeaveOutStaysByteForByte) {
  const std::string archive = file("a", 3) + file(std::string(200, 'n'), 5) + tar_end() + std::string(9000, '\0');
  EXPECT_EQ(filtered(archive, "b"), archive);
}

TEST(ArchiveFilter, AnArchiveThatBreaksOffIsNoWholeOne) {
  const std::string archive = file("a", 5000);
  EXPECT_THROW(filtered(archive.substr(0, 2000), "b"), Error);
  EXPECT_THROW(filtered(archive.substr(0, 2000), "a"), Error);
}

}  // namespace
}  // namespace berth::engine
