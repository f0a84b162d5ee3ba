#include "machine/docker_contexts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/json.h"

namespace berth::machine {
namespace {

class DockerContextsTest : public testing::Test {
 protected:
  DockerContexts contexts(const Path& storage) { return DockerContexts(environment, storage); }
  Path meta(const std::string& name) { return home.path() / ".docker/contexts/meta" / sha256_hex(name) / "meta.json"; }
  Path tls(const std::string& name) { return home.path() / ".docker/contexts/tls" / sha256_hex(name); }

  TemporaryFolder home;
  Environment environment{{{"HOME", home.path().string()}}};
  Path storage = home.path() / ".docker/machine";
  engine::Endpoint endpoint{.host = "tcp://192.0.2.1:2376", .tls = engine::TlsMaterial{"CA", "CERT", "KEY", false}};
};

TEST_F(DockerContextsTest, AMachineIsAContextWithItsCertificates) {
  EXPECT_EQ(contexts(storage).write("dev", endpoint), DockerContexts::Outcome::kDone);
  EXPECT_EQ(read_file(meta("dev")),
            R"({"Name":"dev","Metadata":{"Description":"Machine dev of Berth",)"
            R"("com.berth.machine.store":")" +
                storage.string() +
                R"("},"Endpoints":{"docker":{"Host":"tcp://192.0.2.1:2376","SkipTLSVerify":false}}})");
  EXPECT_EQ(read_file(tls("dev") / "docker/ca.pem"), "CA");
  EXPECT_EQ(read_file(tls("dev") / "docker/key.pem"), "KEY");
  struct stat status{};
  ASSERT_EQ(::stat((tls("dev") / "docker/key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  contexts(storage).remove("dev");
  EXPECT_FALSE(std::filesystem::exists(meta("dev")));
  EXPECT_FALSE(std::filesystem::exists(tls("dev")));
}

TEST_F(DockerContextsTest, OneThatSomebodyElseMadeIsLeftAlone) {
  for (const char* text : {R"({"Name":"dev","Metadata":{},"Endpoints":{}})", "half a fi",
                           R"({"Name":"dev","Metadata":{"com.berth.machine.store":"/elsewhere"}})"}) {
    write_file(meta("dev"), text);
    EXPECT_EQ(contexts(storage).write("dev", endpoint), DockerContexts::Outcome::kTakenByOthers);
    contexts(storage).remove("dev");
    EXPECT_EQ(read_file(meta("dev")), text);
  }
}

TEST_F(DockerContextsTest, AnAddressThatChangedReplacesTheOldOne) {
  contexts(storage).write("dev", endpoint);
  endpoint.host = "ssh://root@192.0.2.2";
  endpoint.tls.reset();
  EXPECT_EQ(contexts(storage).write("dev", endpoint), DockerContexts::Outcome::kDone);
  EXPECT_THAT(read_file(meta("dev")), testing::HasSubstr("ssh://root@192.0.2.2"));
  EXPECT_FALSE(std::filesystem::exists(tls("dev")));
}

TEST_F(DockerContextsTest, AStoreElsewhereHasThemWhenAskedFor) {
  EXPECT_EQ(contexts("/srv/machines").write("dev", endpoint), DockerContexts::Outcome::kNotKept);
  environment.set("MACHINE_DOCKER_CONTEXTS", "1");
  EXPECT_EQ(contexts("/srv/machines").write("dev", endpoint), DockerContexts::Outcome::kDone);
  environment.set("MACHINE_DOCKER_CONTEXTS", "0");
  EXPECT_EQ(contexts(storage).write("other", endpoint), DockerContexts::Outcome::kNotKept);
}

TEST_F(DockerContextsTest, DockersOwnNamesAreNotTaken) {
  EXPECT_EQ(contexts(storage).write("default", endpoint), DockerContexts::Outcome::kNotKept);
  EXPECT_EQ(contexts(storage).write("d", endpoint), DockerContexts::Outcome::kNotKept);
}

}  // namespace
}  // namespace berth::machine
