#include "machine/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace berth::machine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Path kGolden = Path(BERTH_SOURCE_DIR) / "test/golden/machine";

TEST(Host, ReadsWhatDockerMachineWrote) {
  const Host host = parse_host(read_file(kGolden / "virtualbox.json"));
  EXPECT_EQ(host.name, "dev");
  EXPECT_EQ(host.driver_name, "virtualbox");
  EXPECT_THAT(host.driver, HasSubstr("\"Boot2DockerURL\""));
  EXPECT_THAT(host.engine.labels, ElementsAre("zone=b"));
  EXPECT_EQ(host.engine.install_url, "https://get.docker.com");
  EXPECT_TRUE(host.engine.tls_verify);
  EXPECT_EQ(host.swarm.strategy, "spread");
  EXPECT_THAT(host.auth.server_cert_sans, ElementsAre("dev.example.org"));
}

TEST(Host, OfADriverWeDoNotHaveIsWrittenAsItWasRead) {
  const Host host = parse_host(read_file(kGolden / "virtualbox.json"));
  EXPECT_EQ(parse_host(format_host(host)), host);
  EXPECT_EQ(format_host(host) + "\n", read_file(kGolden / "virtualbox.written.json"));
}

std::string refusal(std::string_view text) {
  try {
    parse_host(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

TEST(Host, AnotherVersionIsRefusedWithAdvice) {
  EXPECT_EQ(refusal(R"({"ConfigVersion": 1, "DriverName": "none"})"),
            "config version 1 is too old: run 'docker-machine ls' once, it brings the file up to date");
  EXPECT_EQ(refusal(R"({"ConfigVersion": 4, "DriverName": "none"})"),
            "config version 4 is from a newer program: use the program that made the machine");
}

TEST(Host, HalfAFileIsRefused) {
  EXPECT_THAT(refusal(R"({"ConfigVersion": 3, "Dri)"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(R"({"ConfigVersion": 3})"), HasSubstr("no DriverName"));
}

TEST(HostName, IsWhatDockerMachineAccepts) {
  EXPECT_TRUE(is_valid_host_name("dev"));
  EXPECT_TRUE(is_valid_host_name("Node-1.example"));
  for (const char* name : {"", "-dev", ".dev", "a b", "a/b", "a_b", "..", "dev\n"}) {
    EXPECT_FALSE(is_valid_host_name(name)) << name;
  }
}

}  // namespace
}  // namespace berth::machine
