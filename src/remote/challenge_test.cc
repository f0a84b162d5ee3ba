#include "remote/challenge.h"

#include <gtest/gtest.h>

namespace berth::remote {
namespace {

TEST(Challenge, NamesWhoGivesTokensAndForWhat) {
  const auto challenge = parse_challenge(
      R"(Bearer realm="https://auth.example.org/token",service="registry.example.org", scope="repository:a/b:pull,push")");
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->scheme, "bearer");
  EXPECT_EQ(challenge->get("realm"), "https://auth.example.org/token");
  EXPECT_EQ(challenge->get("service"), "registry.example.org");
  EXPECT_EQ(challenge->get("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(challenge->get("error"), "");
}

TEST(Challenge, TakesWhatServersWrite) {
  EXPECT_EQ(parse_challenge("Basic realm=plain")->get("realm"), "plain");
  EXPECT_EQ(parse_challenge(R"(BASIC Realm="a \"b\"")")->get("realm"), "a \"b\"");
  EXPECT_EQ(parse_challenge("Negotiate")->scheme, "negotiate");
  EXPECT_EQ(parse_challenge(R"(Bearer realm="unclosed)")->get("realm"), "unclosed");
  EXPECT_FALSE(parse_challenge("  "));
}

}  // namespace
}  // namespace berth::remote
