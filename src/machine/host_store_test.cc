#include "machine/host_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berth::machine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HostStoreTest : public testing::Test {
 protected:
  static Host host(const std::string& name) {
    Host host;
    host.name = name;
    host.driver_name = "none";
    return host;
  }

  std::string refusal(const std::string& name) const {
    try {
      store.load(name);
    } catch (const Error& e) {
      return e.message();
    }
    return "loaded";
  }

  TemporaryFolder temporary;
  HostStore store{temporary.path() / "store"};
};

TEST_F(HostStoreTest, IsEmptyBeforeItExists) {
  EXPECT_THAT(store.list(), IsEmpty());
  EXPECT_FALSE(store.exists("dev"));
}

TEST_F(HostStoreTest, GivesBackWhatWasSaved) {
  store.add(host("dev"));
  Host changed = host("dev");
  changed.driver = R"({"URL":"tcp://192.0.2.1:2376"})";
  store.save(changed);
  EXPECT_EQ(store.load("dev"), changed);
}

TEST_F(HostStoreTest, RecordsAreTheOwnersAlone) {
  store.add(host("dev"));
  struct stat status{};
  ASSERT_EQ(::stat((store.folder("dev") / "config.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(store.folder("dev").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(HostStoreTest, ListsNamesAsPeopleCount) {
  for (const char* name : {"node10", "node2", "Alpha", "node1"}) store.add(host(name));
  make_folder(store.machines() / ".node3.new");
  write_file(store.machines() / "notes.txt", "");
  EXPECT_THAT(store.list(), ElementsAre("Alpha", "node1", "node2", "node10"));
}

TEST_F(HostStoreTest, ANameIsTakenOnce) {
  store.add(host("dev"));
  EXPECT_THROW(store.add(host("dev")), Error);
  EXPECT_THAT(store.list(), ElementsAre("dev"));
}

TEST_F(HostStoreTest, NothingIsLeftOfARemovedMachine) {
  store.add(host("dev"));
  write_file(store.folder("dev") / "data" / "file", "x");
  store.remove("dev");
  EXPECT_TRUE(std::filesystem::is_empty(store.machines()));
  store.remove("dev");  // no error: it is gone
}

TEST_F(HostStoreTest, AMissingMachineIsToldAsDockerMachineDoes) {
  EXPECT_EQ(refusal("dev"),
            "Docker machine \"dev\" does not exist. Use \"berth machine ls\" to list machines. Use \"berth machine "
            "create\" to add a new one.");
}

TEST_F(HostStoreTest, ANameCannotLeaveTheStore) {
  make_folder(store.machines());
  EXPECT_FALSE(store.exists(".."));
  EXPECT_THAT(refusal("../certs"), HasSubstr("does not exist"));
}

TEST_F(HostStoreTest, AHalfWrittenRecordIsNamedWithTheWayOut) {
  write_file(store.folder("dev") / "config.json", "{\"ConfigVersion\": 3,");
  EXPECT_THAT(refusal("dev"), HasSubstr("machine 'dev' has no readable record"));
  EXPECT_THAT(refusal("dev"), HasSubstr("'berth machine rm -f dev' removes what is left of it"));
}

TEST_F(HostStoreTest, AMachineIsChangedByOneAtATime) {
  const FileLock held = store.lock("dev");
  try {
    const FileLock second = store.lock("dev");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kConflict);
    EXPECT_EQ(e.message(), "machine 'dev' is being changed by another process: try again when it is done");
  }
  const FileLock other = store.lock("test");
}

}  // namespace
}  // namespace berth::machine
