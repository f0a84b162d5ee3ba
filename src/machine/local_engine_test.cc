#include "machine/local_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace berth::machine::local_engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

LocalLaunch launch() {
  LocalLaunch launch;
  launch.id = "0123abcd";
  launch.name = "dev";
  launch.folder = "/store/machines/dev";
  launch.dockerd = "/opt/engine/dockerd";
  launch.dockerd_major = 28;
  launch.address = "10.213.0.2/16";
  launch.gateway = "10.213.0.1";
  return launch;
}

TEST(LocalEngine, IsStartedInNamespacesOfItsOwnByAnInit) {
  const auto argv = launch_command(launch());
  EXPECT_EQ(join({argv.begin(), argv.begin() + 21}, " "),
            "setsid --fork unshare --net --mount --uts --ipc --pid --fork --propagation slave -- /bin/sh "
            "/run/berth/0123abcd/init /run/berth/0123abcd dev  10.213.0.2/16 10.213.0.1 "
            "/store/machines/dev/engine.log berth-0123abcd");
  EXPECT_EQ(argv[21], "/opt/engine/dockerd");
}

TEST(LocalEngine, ListensOnItsSocketAndOnTlsOnly) {
  EXPECT_THAT(engine_command(launch()),
              ElementsAre("/opt/engine/dockerd", "--config-file=/run/berth/0123abcd/daemon.json",
                          "--data-root=/store/machines/dev/data", "--exec-root=/run/berth/0123abcd/exec",
                          "--pidfile=/run/berth/0123abcd/dockerd.pid", "--host=unix:///run/berth/0123abcd/docker.sock",
                          "--host=tcp://0.0.0.0:2376", "--tlsverify", "--tlscacert=/store/machines/dev/ca.pem",
                          "--tlscert=/store/machines/dev/server.pem", "--tlskey=/store/machines/dev/server-key.pem",
                          "--exec-opt=native.cgroupdriver=cgroupfs", "--cgroup-parent=/berth-0123abcd",
                          "--label=provider=local"));
}

TEST(LocalEngine, OptionsBecomeItsFlags) {
  LocalLaunch with = launch();
  with.mtu = 1400;
  with.options.storage_driver = "vfs";
  with.options.labels = {"zone=b"};
  with.options.insecure_registry = {"registry.local:5000"};
  with.options.registry_mirror = {"https://mirror.local"};
  with.options.arbitrary_flags = {"log-driver=none", "debug"};
  EXPECT_THAT(
      engine_command(with),
      IsSupersetOf({"--mtu=1400", "--storage-driver=vfs", "--label=zone=b", "--insecure-registry=registry.local:5000",
                    "--registry-mirror=https://mirror.local", "--log-driver=none", "--debug"}));
}

TEST(LocalEngine, AnOldOneGetsAnIdOfItsOwn) {
  LocalLaunch old = launch();
  old.dockerd_major = 20;
  EXPECT_EQ(engine_configuration(old), "{\"deprecated-key-path\":\"/store/machines/dev/key.json\"}\n");
  EXPECT_EQ(engine_configuration(launch()), "{}\n");
}

TEST(LocalEngine, FindsTheProgramsBesideItFirst) {
  const Environment ours({{"PATH", "/usr/bin"}, {"DOCKER_HOST", "tcp://x"}, {"https_proxy", "http://proxy"}});
  LocalLaunch with = launch();
  with.options.env = {"NAME=value"};
  const Environment theirs = engine_environment(with, ours);
  EXPECT_THAT(theirs.get_or("PATH", ""), StartsWith("/opt/engine:/usr/bin:"));
  EXPECT_EQ(theirs.get("NAME"), "value");
  EXPECT_EQ(theirs.get("https_proxy"), "http://proxy");
  EXPECT_EQ(theirs.get("DOCKER_HOST"), std::nullopt);
}

TEST(LocalEngine, ALongNameIsCutToWhatAHostnameMayBe) {
  LocalLaunch with = launch();
  with.name = std::string(80, 'a');
  EXPECT_THAT(launch_command(with), Contains(std::string(64, 'a')));
  EXPECT_THAT(launch_command(with), Not(Contains(with.name)));
}

}  // namespace
}  // namespace berth::machine::local_engine
