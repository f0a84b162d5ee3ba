#include "machine/transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"

namespace berth::machine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Transfer, PathsOfTheStoreChangeAndNothingElse) {
  EXPECT_EQ(with_paths(R"({"a":"/old","b":"/old/x","c":"/older/x","d":"see /old/x","e":1.50})", "/old", "/new"),
            R"({"a":"/new","b":"/new/x","c":"/older/x","d":"see /old/x","e":1.50})");
}

class TransferTest : public testing::Test {
 protected:
  void SetUp() override {
    Host host;
    host.name = "far";
    host.driver_name = "generic";
    host.driver = R"({"IPAddress":"192.0.2.1","SSHKeyPath":")" + (folder.path() / "id_ed25519").string() +
                  R"(","StorePath":")" + here.storage().string() + R"(","Ratio":1.50})";
    host.auth.server_cert_path = here.folder("far") / "server.pem";
    write_file(folder.path() / "id_ed25519", "KEY OF THE USER");
    here.add(host);
    write_file(here.folder("far") / "key.pem", "PRIVATE");
    write_file(here.folder("far") / "engine.log", "long");
    write_file(here.certificates() / "ca.pem", "CA");
    write_file(here.certificates() / "ca-key.pem", "CA KEY");
  }
  Kind refusal(const HostStore& store, std::string_view sealed, std::string_view passphrase,
               const std::vector<std::string>& names = {}) {
    try {
      import_machines(store, sealed, passphrase, names);
    } catch (const Error& e) {
      return e.kind();
    }
    return Kind::kInternal;
  }

  TemporaryFolder folder;
  HostStore here{folder.path() / "here"};
  HostStore there{folder.path() / "there/deep"};
};

TEST_F(TransferTest, AMachineComesWithAllThatReachesIt) {
  const std::string sealed = export_machines(here, {"far"}, "pass");
  EXPECT_EQ(sealed.find("PRIVATE"), std::string::npos);
  const Imported imported = import_machines(there, sealed, "pass", {});
  EXPECT_THAT(imported.names, ElementsAre("far"));
  EXPECT_TRUE(imported.certificates);
  const Host host = there.load("far");
  EXPECT_EQ(host.driver, R"({"IPAddress":"192.0.2.1","SSHKeyPath":")" + (there.folder("far") / "exported_id").string() +
                             R"(","StorePath":")" + there.storage().string() + R"(","Ratio":1.50})");
  EXPECT_EQ(host.auth.server_cert_path, there.folder("far") / "server.pem");
  EXPECT_EQ(read_file(there.folder("far") / "exported_id"), "KEY OF THE USER");
  EXPECT_EQ(read_file(there.folder("far") / "key.pem"), "PRIVATE");
  EXPECT_FALSE(std::filesystem::exists(there.folder("far") / "engine.log"));
  EXPECT_EQ(read_file(there.certificates() / "ca-key.pem"), "CA KEY");
  struct stat status{};
  ASSERT_EQ(::stat((there.folder("far") / "key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(there.unfinished("far"));
}

TEST_F(TransferTest, AStoreKeepsTheAuthorityItHas) {
  write_file(there.certificates() / "ca.pem", "OTHER CA");
  EXPECT_FALSE(import_machines(there, export_machines(here, {"far"}, "pass"), "pass", {}).certificates);
  EXPECT_EQ(read_file(there.certificates() / "ca.pem"), "OTHER CA");
}

TEST_F(TransferTest, WhatCannotBeIsRefusedAndChangesNothing) {
  const std::string sealed = export_machines(here, {"far"}, "pass");
  EXPECT_EQ(refusal(there, sealed, "wrong"), Kind::kUnauthorized);
  EXPECT_EQ(refusal(there, "{}", "pass"), Kind::kInvalid);
  EXPECT_EQ(refusal(there, sealed, "pass", {"near"}), Kind::kNotFound);
  EXPECT_EQ(refusal(here, sealed, "pass"), Kind::kConflict);
  EXPECT_THAT(there.list(), ElementsAre());
  EXPECT_THROW(export_machines(here, {"far"}, ""), Error);
  Host local;
  local.name = "mine";
  local.driver_name = "local";
  here.add(local);
  EXPECT_THROW(export_machines(here, {"far", "mine"}, "pass"), Error);
}

}  // namespace
}  // namespace berth::machine
