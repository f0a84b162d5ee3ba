// Scripts and files for hosts, as text: test/golden/provision has one file a family and source. After a wanted change
// BERTH_GOLDEN_UPDATE=1 writes them anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "machine/provision/configure.h"
#include "machine/provision/install.h"

namespace berth::machine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using From = EngineSource::Kind;

HostFacts host(const std::string& id, const std::string& like = "", Init init = Init::kSystemd) {
  HostFacts facts;
  facts.id = id;
  if (!like.empty()) facts.id_like = {like};
  facts.pretty_name = id;
  facts.init = init;
  facts.user = "ada";
  facts.root = true;
  facts.free_kilobytes = 10'000'000;
  return facts;
}

HostFacts with_engine(HostFacts facts) {
  facts.dockerd = "/usr/bin/dockerd";
  facts.exec_start = "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock";
  return facts;
}

EngineWishes wishes() {
  EngineWishes result;
  result.provider = "generic";
  result.tls = ServerCredentials{"CA\n", "CERTIFICATE\n", "KEY\n"};
  return result;
}

std::string file(const std::vector<RemoteFile>& files, std::string_view path) {
  for (const RemoteFile& f : files) {
    if (f.path == path) return f.bytes;
  }
  return "no such file";
}

constexpr const char* kDropIn = "/etc/systemd/system/docker.service.d/10-machine.conf";
constexpr const char* kDaemonJson = "/etc/docker/daemon.json";

void expect_golden(const std::string& name, const std::string& text) {
  const Path path = Path(BERTH_SOURCE_DIR) / "test/golden/provision" / (name + ".sh");
  if (Environment::of_process().get("BERTH_GOLDEN_UPDATE")) write_file(path, text);
  EXPECT_EQ(read_file(path), text) << name;
}

void expect_shell_accepts(const std::string& script) {
  const Output checked = run(Context().with_timeout(std::chrono::seconds(30)), {"/bin/sh", "-n", "-c", script});
  EXPECT_TRUE(checked.status.ok()) << checked.err;
}

struct Case {
  const char* name;
  HostFacts facts;
  EngineSource source;
};

TEST(Installation, RunsExactlyTheseScripts) {
  const Case cases[] = {
      {"debian", host("debian"), {}},
      {"debian_docker", host("debian"), {From::kDocker, {}, {}}},
      {"mint_docker_mirror", host("linuxmint", "ubuntu"), {From::kDocker, "https://mirror.example/docker", {}}},
      {"fedora", host("fedora"), {}},
      {"rocky", host("rocky", "rhel"), {}},
      {"amazon", host("amzn"), {}},
      {"opensuse", host("opensuse-leap", "suse"), {}},
      {"alpine", host("alpine", "", Init::kOpenRc), {}},
      {"arch", host("arch"), {}},
      {"script", host("debian"), {From::kScript, "https://get.docker.com", {}}},
      {"files_deb", host("debian"), {From::kFiles, {}, {"docker.io.deb", "runc.deb"}}},
      {"files_static", host("slackware", "", Init::kNone), {From::kFiles, {}, {"docker-28.5.2.tgz"}}},
  };
  for (const Case& c : cases) {
    const std::vector<Step> steps = installation(c.facts, c.source);
    ASSERT_EQ(steps.size(), 1U) << c.name;
    expect_shell_accepts(steps[0].script);
    expect_golden(c.name, "# " + steps[0].title + "\n" + steps[0].script);
  }
}

TEST(Installation, LeavesAnEngineThatIsThereAlone) {
  EXPECT_THAT(installation(with_engine(host("debian")), {}), IsEmpty());
  EXPECT_THAT(installation(with_engine(host("flatcar")), {}), IsEmpty());
}

std::string refusal(const HostFacts& facts, const EngineSource& source = {}) {
  try {
    installation(facts, source);
    return "none";
  } catch (const Error& e) {
    return e.message();
  }
}

TEST(Installation, RefusesBeforeItBeginsWhatCannotWork) {
  HostFacts full = host("debian");
  full.free_kilobytes = 120 * 1024;
  EXPECT_EQ(refusal(full), "the host has 120 MB free below /var, an engine needs 600 MB: make room there");
  EXPECT_THAT(refusal(host("haiku")), HasSubstr("how 'haiku' installs packages is not known"));
  EXPECT_THAT(refusal(host("alpine"), {From::kDocker, {}, {}}), HasSubstr("has no packages for 'alpine'"));
  EXPECT_THAT(refusal(host("flatcar")), HasSubstr("comes with an engine"));
  EXPECT_THAT(refusal(host("debian"), {From::kFiles, {}, {"docker.io.deb", "notes.txt"}}), HasSubstr("notes.txt"));
}

TEST(UpgradeStep, IsOneTheShellAccepts) {
  for (const char* id : {"debian", "fedora", "rocky", "opensuse", "alpine", "arch"}) {
    expect_shell_accepts(upgrade_step(with_engine(host(id))).script);
  }
  EXPECT_THROW(upgrade_step(host("debian")), Error);
}

TEST(EngineFiles, SayToAFreshEngineHowItIsReached) {
  const auto files = engine_files(with_engine(host("debian")), wishes());
  EXPECT_EQ(file(files, kDaemonJson), R"({
  "labels": [
    "provider=generic"
  ],
  "live-restore": true,
  "tlsverify": true,
  "tlscacert": "/etc/docker/ca.pem",
  "tlscert": "/etc/docker/server.pem",
  "tlskey": "/etc/docker/server-key.pem"
}
)");
  EXPECT_EQ(file(files, kDropIn), R"(# Written by berth machine.
[Service]
ExecStart=
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock --host=tcp://0.0.0.0:2376
)");
  EXPECT_EQ(file(files, "/etc/docker/server-key.pem"), "KEY\n");
  for (const RemoteFile& f : files) EXPECT_EQ(f.mode, f.path.ends_with("key.pem") ? 0600 : 0644) << f.path;
}

TEST(EngineFiles, OpenNoPortForAnEngineReachedOverSsh) {
  EngineWishes over_ssh = wishes();
  over_ssh.tls.reset();
  const auto files = engine_files(with_engine(host("debian")), over_ssh);
  EXPECT_EQ(file(files, kDropIn), "# Written by berth machine.\n[Service]\n");
  EXPECT_THAT(file(files, kDaemonJson), Not(HasSubstr("tls")));
}

TEST(EngineFiles, MergeOptionsWithWhatTheHostHas) {
  HostFacts facts = with_engine(host("debian"));
  facts.daemon_json =
      R"({"debug": true, "labels": ["provider=generic", "rack=7"], "hosts": ["fd://"], "live-restore": false})";
  EngineWishes wanted = wishes();
  wanted.options.labels = {"zone=a"};
  wanted.options.registry_mirror = {"https://mirror.example"};
  wanted.options.insecure_registry = {"10.0.0.0/8"};
  wanted.options.storage_driver = "overlay2";
  wanted.options.env = {"HTTP_PROXY=http://proxy.example:3128/?a=100%"};
  wanted.options.arbitrary_flags = {"log-opt=tag=a b", "ipv6"};
  const auto files = engine_files(facts, wanted);
  const std::string json = file(files, kDaemonJson);
  EXPECT_THAT(json, HasSubstr("\"debug\": true"));
  EXPECT_THAT(json, HasSubstr("\"provider=generic\",\n    \"rack=7\",\n    \"zone=a\""));
  EXPECT_THAT(json, HasSubstr("\"fd://\",\n    \"tcp://0.0.0.0:2376\""));
  EXPECT_THAT(json, HasSubstr("\"live-restore\": false"));
  EXPECT_EQ(file(files, kDropIn), R"(# Written by berth machine.
[Service]
ExecStart=
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock "--log-opt=tag=a b" --ipv6
Environment=HTTP_PROXY=http://proxy.example:3128/?a=100%%
)");
}

TEST(EngineFiles, AreRefusedRatherThanBreakTheEngine) {
  HostFacts facts = with_engine(host("debian"));
  facts.daemon_json = R"({"log-level": "debug"})";
  EngineWishes wanted = wishes();
  wanted.options.arbitrary_flags = {"log-level=info"};
  EXPECT_THROW(engine_files(facts, wanted), Error);
  facts.daemon_json = "[]";
  EXPECT_THROW(engine_files(facts, wishes()), Error);
  facts.daemon_json = "{ not json";
  EXPECT_THROW(engine_files(facts, wishes()), Error);
}

TEST(EngineFiles, FitTheServicesOfAlpineAndOfHostsWithoutAny) {
  const auto alpine = engine_files(with_engine(host("alpine", "", Init::kOpenRc)), wishes());
  EXPECT_EQ(
      file(alpine, "/etc/conf.d/docker"),
      "# Written by berth machine.\nDOCKER_OPTS='--host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376'\n");
  const auto bare = engine_files(with_engine(host("debian", "", Init::kNone)), wishes());
  EXPECT_THAT(file(bare, "/usr/local/sbin/berth-engine"),
              HasSubstr("exec /usr/bin/dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376\n"));
}

TEST(Activation, IsAScriptForEveryKindOfService) {
  for (const Init init : {Init::kSystemd, Init::kOpenRc, Init::kNone}) {
    HostFacts facts = with_engine(host("debian", "", init));
    expect_shell_accepts(activation(facts, wishes(), "ada").script);
    facts.engine_version = "20.10.24";
    const std::string script = activation(facts, wishes(), "").script;
    expect_shell_accepts(script);
    EXPECT_THAT(script, HasSubstr("live-restore"));
    EXPECT_THAT(script, Not(HasSubstr("usermod")));
  }
}

TEST(Activation, NeverStopsAnEngineWhoseFilesAreAsTheyShouldBe) {
  expect_golden("activation", activation(with_engine(host("debian")), wishes(), "ada").script);
}

}  // namespace
}  // namespace berth::machine
