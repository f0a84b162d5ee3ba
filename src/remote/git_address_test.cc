#include "remote/git_address.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::remote {
namespace {

GitAddress address(std::string_view text) { return parse_git_address(text).value_or(GitAddress{}); }

TEST(GitAddress, IsRemoteRefAndPath) {
  EXPECT_EQ(address("https://h/a.git"), (GitAddress{"https://h/a.git", "HEAD", ""}));
  EXPECT_EQ(address("https://h/a.git#v1:sub/dir"), (GitAddress{"https://h/a.git", "v1", "sub/dir"}));
  EXPECT_EQ(address("git://h/a#:dir"), (GitAddress{"git://h/a", "HEAD", "dir"}));
  EXPECT_EQ(address("ssh://u@h:22/a#x"), (GitAddress{"ssh://u@h:22/a", "x", ""}));
  EXPECT_EQ(address("git@h:o/a.git#x"), (GitAddress{"git@h:o/a.git", "x", ""}));
  EXPECT_EQ(address("github.com/o/a"), (GitAddress{"https://github.com/o/a", "HEAD", ""}));
  EXPECT_EQ(address("https://h/a.git?branch=b&subdir=s"), (GitAddress{"https://h/a.git", "refs/heads/b", "s"}));
  EXPECT_EQ(address("https://h/a.git?tag=v1"), (GitAddress{"https://h/a.git", "refs/tags/v1", ""}));
}

TEST(GitAddress, IsNoFileAndNoPage) {
  for (const char* text : {"compose.yaml", "./a.git", "/a@b:c", "a/b@c:d", "https://h/compose.yaml", "file:///a.git"}) {
    EXPECT_FALSE(parse_git_address(text)) << text;
  }
}

TEST(GitAddress, RefusesWhatGitWouldTakeForAnOption) {
  EXPECT_THROW(parse_git_address("https://h/a.git#--upload-pack=x"), Error);
  EXPECT_THROW(parse_git_address("https://h/a.git#x:../y"), Error);
  EXPECT_THROW(parse_git_address("https://h/a.git#x:/etc"), Error);
  EXPECT_THROW(parse_git_address("https://h/a.git?submodules=1"), Error);
}

}  // namespace
}  // namespace berth::remote
