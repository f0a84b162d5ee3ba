#include "base/lines.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth {
namespace {

using ::testing::ElementsAre;

TEST(LineSplitter, HandsOutLinesHoweverTheyCome) {
  std::vector<std::string> lines;
  LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
  splitter.take("one\ntw");
  splitter.take("o\n\nthree");
  EXPECT_THAT(lines, ElementsAre("one", "two", ""));
  splitter.finish();
  splitter.finish();
  EXPECT_THAT(lines, ElementsAre("one", "two", "", "three"));
}

TEST(LineSplitter, KeepsNoLineWithoutEndForEver) {
  std::vector<std::string> lines;
  LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); }, 4);
  splitter.take("abcd");
  EXPECT_THAT(lines, ElementsAre());
  splitter.take("e");
  splitter.take("f\n");
  EXPECT_THAT(lines, ElementsAre("abcde", "f"));
}

TEST(LastLines, AreThoseAtTheEnd) {
  EXPECT_EQ(last_lines("a\nb\nc\n\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a", 2), "a");
  EXPECT_EQ(last_lines("\n", 2), "");
}

}  // namespace
}  // namespace berth
