#include "base/folder_watch.h"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Context patient() { return Context().with_timeout(20s); }

// What happens, until something does to `path` that is not unfinished.
bool sees(FolderWatch& watch, const Path& path) {
  for (;;) {
    for (const auto& happening : watch.wait(patient(), 10s)) {
      if (happening.path == path && !happening.unfinished) return true;
    }
  }
}

TEST(FolderWatch, TellsOfFilesThatAreMadeReplacedAndRemoved) {
  const TemporaryFolder folder;
  FolderWatch watch;
  EXPECT_THAT(watch.set({folder.path()}), IsEmpty());
  const Path file = folder.path() / "f";
  write_file(file, "1");
  EXPECT_TRUE(sees(watch, file));
  write_file(file, "2");
  EXPECT_TRUE(sees(watch, file));
  std::filesystem::remove(file);
  EXPECT_TRUE(sees(watch, file));
}

TEST(FolderWatch, SaysThatAFileIsStillBeingWritten) {
  const TemporaryFolder folder;
  FolderWatch watch;
  const Path file = folder.path() / "f";
  write_file(file, "");
  watch.set({folder.path()});
  std::ofstream writer(file, std::ios::app);
  writer << "part" << std::flush;
  const auto before = watch.wait(patient(), 10s);
  ASSERT_FALSE(before.empty());
  EXPECT_TRUE(before.back().unfinished);
  writer.close();
  EXPECT_TRUE(sees(watch, file));
}

TEST(FolderWatch, WaitsNoLongerThanItIsTold) {
  const TemporaryFolder folder;
  FolderWatch watch;
  watch.set({folder.path()});
  EXPECT_THAT(watch.wait(patient(), 10ms), IsEmpty());
  CancelSource cancel;
  cancel.cancel();
  EXPECT_THROW(watch.wait(cancel.context(), 10s), Error);
}

TEST(FolderWatch, NamesFoldersThatAreNotThereAndWatchesThemOnceTheyAre) {
  const TemporaryFolder folder;
  FolderWatch watch;
  const Path later = folder.path() / "later";
  EXPECT_THAT(watch.set({folder.path(), later}), ElementsAre(later));
  make_folder(later);
  EXPECT_TRUE(sees(watch, later));
  EXPECT_THAT(watch.set({folder.path(), later}), IsEmpty());
  write_file(later / "f", "");
  EXPECT_TRUE(sees(watch, later / "f"));
}

TEST(FolderWatch, IsSilentAboutFoldersNotWatchedAnyMore) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  FolderWatch watch;
  watch.set({folder.path(), other.path()});
  watch.set({folder.path()});
  write_file(other.path() / "f", "");
  EXPECT_THAT(watch.wait(patient(), 20ms), IsEmpty());
}

}  // namespace
}  // namespace berth
