#include "swarm/discovery/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kInvalid) << e.message();
    return e.message();
  }
  return "";
}

TEST(Ranges, StandForEveryNumberFromTheFirstToTheLast) {
  EXPECT_THAT(expand_ranges("10.0.0.[9:11]:2375"), ElementsAre("10.0.0.9:2375", "10.0.0.10:2375", "10.0.0.11:2375"));
  EXPECT_THAT(expand_ranges("192.168.1.2:[2:3]375"), ElementsAre("192.168.1.2:2375", "192.168.1.2:3375"));
  EXPECT_THAT(expand_ranges("n[5:5]"), ElementsAre("n5"));
}

TEST(Ranges, MultiplyWhereThereAreSeveral) {
  EXPECT_THAT(expand_ranges("r[1:2]n[1:2]"), ElementsAre("r1n1", "r1n2", "r2n1", "r2n2"));
}

TEST(Ranges, KeepTheWidthOfLeadingZeros) {
  EXPECT_THAT(expand_ranges("n[08:10]"), ElementsAre("n08", "n09", "n10"));
  EXPECT_THAT(expand_ranges("n[8:10]"), ElementsAre("n8", "n9", "n10"));
}

TEST(Ranges, AreNotTheBracketsOfAnAddress) {
  EXPECT_THAT(expand_ranges("[fd00::1]:2375"), ElementsAre("[fd00::1]:2375"));
  EXPECT_THAT(expand_ranges("[fd00::1]:[1:2]375"), ElementsAre("[fd00::1]:1375", "[fd00::1]:2375"));
  for (const char* text : {"", "plain", "a[", "a[1", "a[1:", "a[x:y]", "a[1:y]", "a[:]", "a[]", "a]1:2["}) {
    EXPECT_THAT(expand_ranges(text), ElementsAre(text));
  }
}

TEST(Ranges, ThatMakeNoSenseAreRefused) {
  EXPECT_EQ(refusal([] { expand_ranges("n[3:1]:2375"); }),
            "'n[3:1]:2375' has a range that ends before it begins: '[3:1]'");
  EXPECT_THAT(refusal([] { expand_ranges("n[1:99999999999999999999]"); }), HasSubstr("too large"));
  EXPECT_THAT(refusal([] { expand_ranges("n[1:999999999]"); }), HasSubstr("more than 100000 addresses"));
  EXPECT_THAT(refusal([] { expand_ranges("n[1:999][1:999][1:999]"); }), HasSubstr("more than 100000 addresses"));
}

TEST(Addresses, AreComparedInOneForm) {
  EXPECT_EQ(checked_address("10.0.0.5:2375"), "10.0.0.5:2375");
  EXPECT_EQ(checked_address("tcp://Node-1.Example:02376"), "node-1.example:2376");
  EXPECT_EQ(checked_address("[FD00::5]:2376"), "[fd00::5]:2376");
  EXPECT_EQ(checked_address("unix:///Run/docker.sock"), "unix:///Run/docker.sock");
}

TEST(Addresses, ThatAreNoneAreRefused) {
  for (const char* text : {"",
                           ":2375",
                           "host",
                           "host:",
                           "host:0",
                           "host:65536",
                           "host:-1",
                           "host:2375/path",
                           "a b:1",
                           "host:1:2",
                           "fd00::5",
                           "[fd00::5]",
                           "[fd00::5:2375",
                           "[host]:2375",
                           "unix://",
                           "unix://x",
                           "ssh://host:22",
                           "http://host:80",
                           "host:99999999999999999999",
                           "tcp://",
                           "host\n:1"}) {
    EXPECT_THAT(refusal([&] { checked_address(text); }), HasSubstr("is no address of an engine")) << text;
  }
}

}  // namespace
}  // namespace berth::swarm
