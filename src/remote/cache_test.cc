#include "remote/cache.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::remote {
namespace {

class CacheTest : public testing::Test {
 protected:
  // Returns whether it had to be fetched.
  bool use(const std::string& name) {
    bool fetched = false;
    const Path there = cached(folder.path(), name, [&](const Path& made) {
      write_file(made / "file", name);
      fetched = true;
    });
    EXPECT_EQ(read_file(there / "file"), name);
    return fetched;
  }
  void age(const std::string& name, std::chrono::hours by) {
    const Path entry = folder.path() / name;
    std::filesystem::last_write_time(entry, std::filesystem::last_write_time(entry) - by);
  }

  TemporaryFolder folder;
};

TEST_F(CacheTest, FetchesOnce) {
  EXPECT_TRUE(use("one"));
  EXPECT_FALSE(use("one"));
}

TEST_F(CacheTest, KeepsNothingOfAFetchThatFails) {
  EXPECT_THROW(cached(folder.path(), "one", [](const Path&) { throw Error(Kind::kUnavailable, "gone"); }), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(CacheTest, ForgetsWhatWasNotUsedForAMonth) {
  use("old");
  use("used");
  for (const char* name : {"old", "used"}) age(name, kKeptUnused + std::chrono::hours(1));
  EXPECT_FALSE(use("used"));
  use("new");
  EXPECT_FALSE(use("used"));
  EXPECT_TRUE(use("old"));
}

}  // namespace
}  // namespace berth::remote
