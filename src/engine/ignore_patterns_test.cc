#include "engine/ignore_patterns.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::engine {
namespace {

struct Case {
  const char* patterns;
  const char* path;
  bool ignored;
};

// Expected values are those of moby's patternmatcher.
TEST(IgnorePatterns, MatchAsDockersDo) {
  const Case cases[] = {
      {"", "a", false},
      {"a", "a", true},
      {"a", "a/b/c", true},
      {"a", "b/a", false},
      {"/a", "a", true},
      {"a/", "a/b", true},
      {"./a/../b", "b", true},
      {"  a  ", "a", true},
      {"# a", "# a", false},
      {"*", "a/b", true},
      {"*.log", "x.log", true},
      {"*.log", "d/x.log", false},
      {"*/*.log", "d/x.log", true},
      {"*/*.log", "d/e/x.log", false},
      {"**/*.log", "x.log", true},
      {"**/*.log", "d/e/x.log", true},
      {"**", "a/b", true},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/xb", false},
      {"**/b", "xb", false},
      {"a?c", "abc", true},
      {"a?c", "a/c", false},
      {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},
      {"[^a-c]x", "dx", true},
      {"a\\*", "a*", true},
      {"a\\*", "ab", false},
      {"a.b", "axb", false},
      {"a+(b)", "a+(b)", true},
      {"a\n!a", "a", false},
      {"*\n!README*", "README.md", false},
      {"*\n!a/keep", "a/keep", false},
      {"*\n!a/keep", "a/drop", true},
      {"a\n!a/b\na/b/c", "a/b/c", true},
      {"a\n!a/b\na/b/c", "a/b/d", false},
      {"*.md\n!README.md\nREADME*.md", "README.md", true},
      {"!a\n", "a", false},
      {"\xEF\xBB\xBF"
       "a",
       "a", true},
      {"a\r\n", "a", true},
      {"a", "/a", false},
      {"a", "", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IgnorePatterns(c.patterns).ignores(c.path), c.ignored) << "'" << c.patterns << "' on '" << c.path << "'";
  }
}

TEST(IgnorePatterns, SayWhatMustBeWalkedAllTheSame) {
  const IgnorePatterns patterns("*\n!a/b/keep");
  EXPECT_TRUE(patterns.may_include_below("a"));
  EXPECT_TRUE(patterns.may_include_below("a/b"));
  EXPECT_FALSE(patterns.may_include_below("c"));
  EXPECT_TRUE(IgnorePatterns("*\n!**/keep").may_include_below("c"));
  EXPECT_FALSE(IgnorePatterns("*").may_include_below("c"));
}

TEST(IgnorePatterns, MalformedOnesAreRefusedWithTheirLine) {
  for (const char* text : {"ok\n[", "ok\n!", "ok\na\\", "ok\n[]a]", "ok\n[a-]", "ok\n[b-a]"}) {
    try {
      const IgnorePatterns patterns(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), Kind::kInvalid);
      EXPECT_EQ(e.message().substr(0, 8), "line 2: ") << e.message();
    }
  }
}

TEST(IgnorePatterns, ManyStarsTakeNoLongTime) {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "*a**/";
  EXPECT_FALSE(IgnorePatterns(stars + "b").ignores(std::string(2'000, 'a')));
}

}  // namespace
}  // namespace berth::engine
