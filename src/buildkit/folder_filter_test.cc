#include "buildkit/folder_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::buildkit {
namespace {

using ::testing::ElementsAre;

class FolderFilterTest : public ::testing::Test {
 protected:
  void file(const std::string& name) { write_file(folder_.path() / name, "x"); }
  void link(const std::string& name, const std::string& target) {
    std::filesystem::create_symlink(target, folder_.path() / name);
  }
  std::vector<std::string> wanted(const FolderWish& wish) const {
    engine::FolderWalk walk(folder_.path(), filter_of(folder_.path(), wish));
    std::vector<std::string> paths;
    while (const auto entry = walk.next()) paths.push_back(entry->path);
    return paths;
  }

  TemporaryFolder folder_;
};

TEST_F(FolderFilterTest, WantsAllWhereNothingIsNamed) {
  file("a");
  file("b/c/d");
  EXPECT_THAT(wanted({}), ElementsAre("a", "b", "b/c", "b/c/d"));
}

TEST_F(FolderFilterTest, WantsWhatIsIncludedWithTheFoldersAboveIt) {
  file("a");
  file("b/c/d");
  file("b/other");
  file("e/f");
  EXPECT_THAT(wanted({.include = {"b/c"}}), ElementsAre("b", "b/c", "b/c/d"));
  EXPECT_THAT(wanted({.include = {"*/f"}}), ElementsAre("e", "e/f"));
  EXPECT_THAT(wanted({.include = {"nowhere"}}), ElementsAre());
  EXPECT_THAT(wanted({.include = {"."}}), ElementsAre("a", "b", "b/c", "b/c/d", "b/other", "e", "e/f"));
}

TEST_F(FolderFilterTest, LeavesOutWhatIsExcludedButForExceptions) {
  file("b/keep");
  file("b/drop");
  file("log");
  EXPECT_THAT(wanted({.exclude = {"b/*", "!b/keep", "log"}}), ElementsAre("b", "b/keep"));
  EXPECT_THAT(wanted({.include = {"b"}, .exclude = {"b/drop"}}), ElementsAre("b", "b/keep"));
}

TEST_F(FolderFilterTest, FollowsLinksInsideTheFolder) {
  file("real/deep/file");
  link("one", "two");
  link("two", "real/deep");
  link("absolute", "/real/deep/file");
  link("out", "../../etc/passwd");
  EXPECT_THAT(followed(folder_.path(), {"one/file"}), ElementsAre("one", "real/deep/file", "two"));
  EXPECT_THAT(followed(folder_.path(), {"absolute"}), ElementsAre("absolute", "real/deep/file"));
  EXPECT_THAT(followed(folder_.path(), {"out"}), ElementsAre("etc/passwd", "out"));  // of this folder, not the host's
  EXPECT_THAT(wanted({.follow = {"one/file"}}), ElementsAre("one", "real", "real/deep", "real/deep/file", "two"));
}

TEST_F(FolderFilterTest, FollowsWhatAWildcardStandsFor) {
  file("target");
  file("plain.txt");
  link("a.txt", "target");
  EXPECT_THAT(followed(folder_.path(), {"*.txt"}), ElementsAre("*.txt", "target"));
  EXPECT_THAT(wanted({.follow = {"*.txt"}}), ElementsAre("a.txt", "plain.txt", "target"));
}

TEST_F(FolderFilterTest, LinksInACircleEnd) {
  link("a", "b");
  link("b", "a");
  link("self", "self/x");
  EXPECT_THAT(followed(folder_.path(), {"a", "self"}), ElementsAre("a", "b", "self"));
}

TEST_F(FolderFilterTest, TheRootIsEverything) {
  file("a");
  EXPECT_THAT(followed(folder_.path(), {"/"}), ElementsAre("."));
  EXPECT_THAT(wanted({.follow = {"."}}), ElementsAre("a"));
}

}  // namespace
}  // namespace berth::buildkit
