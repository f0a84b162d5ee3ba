// Tars: packed from a folder, read, unpacked into another.
#include "engine/unpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/pack.h"
#include "engine/tar_reader.h"

namespace berth::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string tar_of(const std::vector<TarEntry>& entries, const std::string& content = "text") {
  std::string tar;
  for (TarEntry entry : entries) {
    if (S_ISREG(entry.mode) && !entry.is_hard_link) {
      tar += tar_file(entry, content);
    } else {
      tar += tar_header(entry);
    }
  }
  return tar + tar_end();
}

TarEntry file(std::string path) { return {.path = std::move(path), .mode = S_IFREG | 0640, .mtime = 1000}; }
TarEntry link(std::string path, std::string target) {
  return {.path = std::move(path), .mode = S_IFLNK | 0777, .link = std::move(target)};
}

ByteSource source_of(Pack& pack) {
  return [&pack](const Context& context, std::span<char> buffer) { return pack.read(context, buffer); };
}

std::vector<std::string> names_in(Pack pack) {
  TarReader reader(source_of(pack));
  std::vector<std::string> names;
  while (const auto entry = reader.next(Context())) names.push_back(entry->path);
  return names;
}

TEST(Unpack, WhatWasPackedIsThereAgain) {
  const TemporaryFolder from;
  const TemporaryFolder to;
  const std::string long_name(120, 'n');
  write_file(from.path() / "app/a.txt", "alpha", 0600);
  write_file(from.path() / "app/sub" / long_name, std::string(100000, 'x'));
  std::filesystem::create_symlink("a.txt", from.path() / "app/link");
  std::filesystem::create_hard_link(from.path() / "app/a.txt", from.path() / "app/same");
  std::filesystem::create_directory(from.path() / "app/closed");
  ::chmod((from.path() / "app/closed").c_str(), 0500);
  Pack pack({{from.path() / "app", "new"}}, {});
  unpack(Context(), source_of(pack), to.path());
  EXPECT_EQ(read_file(to.path() / "new/a.txt"), "alpha");
  EXPECT_EQ(read_file(to.path() / "new/sub" / long_name).size(), 100000U);
  EXPECT_EQ(std::filesystem::read_symlink(to.path() / "new/link"), "a.txt");
  EXPECT_EQ(std::filesystem::hard_link_count(to.path() / "new/same"), 2U);
  struct stat status{};
  ASSERT_EQ(::stat((to.path() / "new/a.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((to.path() / "new/closed").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0500U);
}

TEST(Unpack, FilesAreReplacedAndFoldersKept) {
  const TemporaryFolder to;
  write_file(to.path() / "app/old", "old");
  write_file(to.path() / "app/a", "old");
  unpack(Context(), bytes_of(tar_of({{.path = "app", .mode = S_IFDIR | 0755}, file("app/a")}, "new")), to.path());
  EXPECT_EQ(read_file(to.path() / "app/a"), "new");
  EXPECT_EQ(read_file(to.path() / "app/old"), "old");
  EXPECT_THROW(unpack(Context(), bytes_of(tar_of({file("app")})), to.path()), Error);
}

TEST(Unpack, NothingGetsOutOfTheFolder) {
  const TemporaryFolder outside;
  const TemporaryFolder to;
  EXPECT_THROW(unpack(Context(), bytes_of(tar_of({file("../x")})), to.path()), Error);
  EXPECT_THROW(unpack(Context(), bytes_of(tar_of({link("in", outside.path()), file("in/x")})), to.path()), Error);
  TarEntry hard = file("y");
  hard.is_hard_link = true;
  hard.link = "../../etc/passwd";
  EXPECT_THROW(unpack(Context(), bytes_of(tar_of({hard})), to.path()), Error);
  EXPECT_TRUE(std::filesystem::is_empty(outside.path()));
}

TEST(Unpack, WhatIsNoTarIsRefused) {
  const TemporaryFolder to;
  EXPECT_THROW(unpack(Context(), bytes_of(std::string(1024, 'x')), to.path()), Error);
  const std::string tar = tar_of({file("a")}, std::string(5000, 'x'));
  EXPECT_THROW(unpack(Context(), bytes_of(tar.substr(0, 2000)), to.path()), Error);
}

TEST(Pack, FoldersComeWithoutWhatIsLeftOut) {
  const TemporaryFolder from;
  write_file(from.path() / "a", "");
  write_file(from.path() / "node_modules/big", "");
  write_file(from.path() / "node_modules/kept/x", "");
  PackOptions options;
  options.leave_out = [](const Path& path) {
    return path.string().find("node_modules") != std::string::npos && path.string().find("kept") == std::string::npos;
  };
  EXPECT_THAT(names_in(Pack({{from.path(), ""}}, options)), ElementsAre("a"));
  options.may_have = [](const Path&) { return true; };
  EXPECT_THAT(names_in(Pack({{from.path(), "src"}}, options)),
              ElementsAre("src/", "src/a", "src/node_modules/kept/", "src/node_modules/kept/x"));
}

TEST(Pack, ALinkIsFollowedOnlyWhereAskedFor) {
  const TemporaryFolder from;
  write_file(from.path() / "a", "alpha");
  std::filesystem::create_symlink("a", from.path() / "link");
  for (const bool follow : {false, true}) {
    Pack pack({{from.path() / "link", "x"}}, {.follow_link = follow});
    TarReader reader(source_of(pack));
    const auto entry = reader.next(Context());
    ASSERT_TRUE(entry);
    EXPECT_EQ(S_ISREG(entry->mode), follow);
    EXPECT_EQ(entry->size, follow ? 5U : 0U);
  }
}

TEST(Pack, WhatIsGoneIsAnErrorUnlessItMayBe) {
  EXPECT_THROW(names_in(Pack({{"/nonexistent", "x"}}, {})), Error);
  EXPECT_THAT(names_in(Pack({{"/nonexistent", "x"}}, {.may_be_gone = true})), ElementsAre());
}

}  // namespace
}  // namespace berth::engine
