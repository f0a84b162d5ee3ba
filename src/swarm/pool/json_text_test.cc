#include "swarm/pool/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using ::testing::ElementsAre;

std::string member(std::string_view object, std::string_view name) {
  const auto span = find_member(object, name);
  return span ? std::string(object.substr(span->begin, span->size())) : "none";
}

TEST(FindMember, FindsTheObjectsOwnMemberAndNotAnInnerOnes) {
  constexpr std::string_view kText = R"({"A":{"Id":"inner"},"Id" : "outer","N":12,"L":[1,{"x":2}],"Z":null})";
  EXPECT_EQ(member(kText, "Id"), R"("outer")");
  EXPECT_EQ(member(kText, "A"), R"({"Id":"inner"})");
  EXPECT_EQ(member(kText, "N"), "12");
  EXPECT_EQ(member(kText, "L"), R"([1,{"x":2}])");
  EXPECT_EQ(member(kText, "Z"), "null");
  EXPECT_EQ(member(kText, "x"), "none");
}

TEST(WithMember, ReplacesAddsAndLeavesTheRest) {
  EXPECT_EQ(with_member(R"({"a": 1 ,"b":[1.50]})", "a", "\"x\""), R"({"a": "x" ,"b":[1.50]})");
  EXPECT_EQ(with_member(R"({"b":1})", "a", "2"), R"({"a":2,"b":1})");
  EXPECT_EQ(with_member("{ }", "a", "2"), R"({"a":2 })");
  EXPECT_EQ(with_member("[]", "a", "2"), "[]");
}

TEST(MemberString, IsUnescaped) {
  EXPECT_EQ(member_string(R"({"a":"x","b":"q\"\u0041","c":1})", "a"), "x");
  EXPECT_EQ(member_string(R"({"a":"x","b":"q\"\u0041","c":1})", "b"), "q\"A");
  EXPECT_EQ(member_string(R"({"a":"x","b":"q\"\u0041","c":1})", "c"), "");
}

TEST(FindMember, IsNotMisledByBracesAndQuotesInStrings) {
  EXPECT_EQ(member(R"({"a":"}\"{\\","b":"[,"})", "b"), R"("[,")");
}

TEST(FindMember, SaysNothingOfTextThatBreaksOff) {
  for (const std::string_view text : {"", "{", "{\"a", "{\"a\"", "{\"a\":", "[1]", "{\"a\":\"b"}) {
    EXPECT_EQ(member(text, "b"), "none") << text;
  }
}

TEST(ElementsOf, KeepsEachElementAsItIsWritten) {
  EXPECT_THAT(elements_of(" [ {\"a\": [1, 2]} ,\"x,y\",3,[]]\n"), ElementsAre("{\"a\": [1, 2]}", "\"x,y\"", "3", "[]"));
  EXPECT_THAT(elements_of("[]"), ElementsAre());
  EXPECT_THAT(elements_of("null"), ElementsAre());
}

TEST(ElementsOf, RefusesWhatIsNoList) {
  EXPECT_THROW(elements_of("{}"), Error);
  EXPECT_THROW(elements_of("[}]"), Error);
}

}  // namespace
}  // namespace berth::swarm
