#include "machine/leftovers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::machine {
namespace {

// A store whose machines are of a driver program that says what a test wants.
class LeftoversTest : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& driver) {
    Host host;
    host.name = name;
    host.driver_name = driver;
    machines.store().add(host);
  }
  void driver(const std::string& name, const std::string& answer) {
    write_file(folder.path() / "bin" / ("berth-machine-driver-" + name),
               "#!/bin/sh\nread l; echo '{\"done\":{\"protocol\":1}}'; while read l; do echo '" + answer + "'; done\n",
               0755);
  }
  std::string found() {
    std::string text;
    for (const Leftover& leftover : find_leftovers(Context().with_timeout(std::chrono::seconds(20)), machines)) {
      text += leftover.name + ": " + leftover.why + "\n";
    }
    return text;
  }

  TemporaryFolder folder;
  Environment environment{std::map<std::string, std::string, std::less<>>{
      {"PATH", (folder.path() / "bin").string() + ":/usr/bin:/bin"}, {"HOME", folder.path().string()}}};
  Machines machines{folder.path() / "store", environment};
};

TEST_F(LeftoversTest, AreUnfinishedMachinesGoneHostsAndTornFiles) {
  driver("gone", R"({"done":{"state":""}})");
  driver("missing", R"({"failed":"the provider knows no server 7","kind":"not-found"})");
  driver("well", R"({"done":{"state":"Stopped"}})");
  driver("down", R"({"failed":"the provider does not answer","kind":"unavailable"})");
  for (const char* name : {"gone", "missing", "well", "down", "unknown"}) add(name, name);
  Host torn;
  torn.name = "torn";
  torn.driver_name = "well";
  machines.store().begin(torn);
  make_folder(machines.store().machines() / ".half.new");
  EXPECT_EQ(found(),
            "gone: its host is gone\n"
            "missing: the provider knows no server 7\n"
            "torn: its creation was cut short\n"
            ".half.new: a killed process left it\n");
}

TEST_F(LeftoversTest, OneThatIsBeingMadeIsNone) {
  Host made;
  made.name = "made";
  made.driver_name = "none";
  machines.store().begin(made);
  const FileLock lock = machines.store().lock("made");
  EXPECT_EQ(found(), "");
}

TEST_F(LeftoversTest, AreRemoved) {
  driver("gone", R"({"done":{"state":""}})");
  add("gone", "gone");
  make_folder(machines.store().machines() / ".half.new");
  for (const Leftover& leftover : find_leftovers({}, machines)) {
    remove_leftover({}, machines, leftover, [](std::string_view) {});
  }
  EXPECT_EQ(found(), "");
  EXPECT_THAT(machines.store().list(), testing::IsEmpty());
}

}  // namespace
}  // namespace berth::machine
