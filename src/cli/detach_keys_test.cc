#include "cli/detach_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::cli {
namespace {

TEST(DetachKeys, WhatIsNotTheSequenceIsPassedOn) {
  DetachKeys keys;
  EXPECT_EQ(keys.pass("ls\n"), "ls\n");
  EXPECT_EQ(keys.pass("\x10"), "");  // may become the sequence
  EXPECT_EQ(keys.pass("x"), "\x10x");
  EXPECT_EQ(keys.pass("\x10\x10"), "\x10");
  EXPECT_FALSE(keys.pressed());
  EXPECT_EQ(keys.pass("\x11rest"), "");
  EXPECT_TRUE(keys.pressed());
}

TEST(DetachKeys, OtherKeysCanBeChosen) {
  DetachKeys keys("a,a,b");
  EXPECT_EQ(keys.pass("aaab"), "a");
  EXPECT_TRUE(keys.pressed());
  DetachKeys escape("ctrl-[,ctrl-@");
  EXPECT_EQ(escape.pass(std::string_view("x\x1b\0", 3)), "x");
  EXPECT_TRUE(escape.pressed());
}

TEST(DetachKeys, WhatNoKeyIsCalledIsRefused) {
  EXPECT_THROW(DetachKeys("ctrl-1"), Error);
  EXPECT_THROW(DetachKeys("esc"), Error);
  EXPECT_THROW(DetachKeys("a,,b"), Error);
}

}  // namespace
}  // namespace berth::cli
