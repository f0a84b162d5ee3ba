#include "machine/provision/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"

namespace berth::machine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Facts, ReadWhatAHostWithAnEngineTells) {
  const HostFacts facts = read_facts(R"(os-release ID=ubuntu
os-release ID_LIKE=debian
os-release VERSION_ID="24.04"
os-release PRETTY_NAME="Ubuntu 24.04.1 LTS"
architecture aarch64
init systemd
user ada
root yes
free 9000000
time 1700000000
dockerd /usr/bin/dockerd
daemon.json {
daemon.json   "debug": true
daemon.json }
engine 28.5.2 3 false inactive
exec-start /usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
listens 0016
listens 0948
)");
  EXPECT_EQ(family_of(facts), Family::kDebian);
  EXPECT_EQ(name_of(facts), "Ubuntu 24.04.1 LTS");
  EXPECT_EQ(facts.init, Init::kSystemd);
  EXPECT_TRUE(facts.root);
  EXPECT_EQ(facts.engine_version, "28.5.2");
  EXPECT_EQ(facts.running_containers, 3);
  EXPECT_FALSE(facts.live_restore);
  EXPECT_EQ(facts.daemon_json, "{\n  \"debug\": true\n}\n");
  EXPECT_EQ(facts.exec_start, "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock");
  EXPECT_THAT(facts.listening_ports, ElementsAre("22", "2376"));
}

TEST(Facts, FindTheFamilyByIdOrByWhatItIsLike) {
  const auto family = [](const char* os_release) { return family_of(read_facts(os_release)); };
  EXPECT_EQ(family("os-release ID=debian\n"), Family::kDebian);
  EXPECT_EQ(family("os-release ID=linuxmint\nos-release ID_LIKE=\"ubuntu debian\"\n"), Family::kDebian);
  EXPECT_EQ(family("os-release ID=fedora\n"), Family::kFedora);
  EXPECT_EQ(family("os-release ID=\"rocky\"\nos-release ID_LIKE=\"rhel centos fedora\"\n"), Family::kRhel);
  EXPECT_EQ(family("os-release ID=\"amzn\"\n"), Family::kRhel);
  EXPECT_EQ(family("os-release ID=\"opensuse-leap\"\nos-release ID_LIKE=\"suse opensuse\"\n"), Family::kSuse);
  EXPECT_EQ(family("os-release ID=alpine\n"), Family::kAlpine);
  EXPECT_EQ(family("os-release ID=manjaro\nos-release ID_LIKE=arch\n"), Family::kArch);
  EXPECT_EQ(family("os-release ID=flatcar\nos-release ID_LIKE=coreos\n"), Family::kFlatcar);
  EXPECT_EQ(family("os-release ID=haiku\n"), Family::kUnknown);
  EXPECT_EQ(family(""), Family::kUnknown);
}

TEST(Facts, OfThisComputerAreReadWithoutAComplaint) {
  const Output output = run(Context().with_timeout(std::chrono::seconds(30)), {"/bin/sh", "-c", facts_script()});
  EXPECT_TRUE(output.status.ok());
  EXPECT_THAT(output.err, IsEmpty());
  const HostFacts facts = read_facts(output.out);
  EXPECT_EQ(family_of(facts), Family::kDebian);
  EXPECT_GT(facts.free_kilobytes, 0);
  EXPECT_GT(facts.time, 0);
  EXPECT_FALSE(facts.architecture.empty());
}

}  // namespace
}  // namespace berth::machine
