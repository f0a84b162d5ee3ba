#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "swarm/access/audit.h"
#include "swarm/access/confine.h"
#include "swarm/access/grant.h"
#include "swarm/access/rates.h"
#include "swarm/access/revoked.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const Scope kWeb = {{"team", "web"}};

// What is thrown, as "KIND's status: message"; "" for nothing.
std::string refusal_of(const auto& call) {
  try {
    call();
  } catch (const Error& e) {
    return std::to_string(http_status(e.kind())) + ": " + e.message();
  }
  return "";
}

TEST(Grant, IsTheSameAsTextAndBack) {
  const Grant grant{Role::kOperator, {{"team", "web"}, {"env", std::nullopt}, {"a", "b=c"}}};
  EXPECT_EQ(format_grant(grant), R"({"role":"operator","scope":["team=web","env","a=b=c"]})");
  EXPECT_EQ(parse_grant(format_grant(grant)), grant);
  EXPECT_EQ(parse_grant(R"({"role":"read-only"})"), (Grant{Role::kReadOnly, {}}));
}

TEST(Grant, AllowsNothingWhereAnyOfItIsNotUnderstood) {
  for (const char* text : {"", "admin", "[]", "{}", R"({"role":"root"})", R"({"role":"operator","scope":"team=web"})",
                           R"({"role":"operator","scope":[]})", R"({"role":"operator","scope":[1]})",
                           R"({"role":"operator","scope":["=x"]})", R"({"role":"operator","until":"2030"})",
                           R"({"role":"admin","scope":["team=web"]})", R"({"role":"manager","scope":["team=web"]})"}) {
    EXPECT_THAT(refusal_of([&] { parse_grant(text); }), HasSubstr("403: ")) << text;
  }
}

TEST(Grant, HoldsObjectsThatHaveEveryLabel) {
  EXPECT_TRUE(in_scope({}, "{}"));
  EXPECT_TRUE(in_scope(kWeb, R"({"Id":"1","Labels":{"a":"b","team":"web"}})"));
  EXPECT_FALSE(in_scope(kWeb, R"({"Labels":{"team":"db"}})"));
  EXPECT_FALSE(in_scope(kWeb, R"({"Labels":{"Team":"web"}})"));
  EXPECT_FALSE(in_scope(kWeb, R"({"Labels":null})"));
  EXPECT_FALSE(in_scope(kWeb, R"({"Id":"1"})"));
  EXPECT_TRUE(in_scope({{"team", std::nullopt}}, R"({"Labels":{"team":""}})"));
  EXPECT_FALSE(in_scope({{"team", "web"}, {"env", "prod"}}, R"({"Labels":{"team":"web"}})"));
}

TEST(Confine, LeavesABodyOfACallerWithoutScopeAsItIs) {
  const std::string body = R"({ "HostConfig":{"Privileged":true,"Binds":["/:/host"]},"x":1.50 })";
  EXPECT_EQ(confined_container({}, body), body);
  EXPECT_EQ(confined_volume({}, "no json"), "no json");
}

TEST(Confine, GivesWhatIsMadeTheLabels) {
  EXPECT_EQ(confined_container(kWeb, R"({"Image":"nginx"})"), R"({"Image":"nginx","Labels":{"team":"web"}})");
  EXPECT_EQ(confined_container(kWeb, R"({"Image":"nginx","labels":{"a":"b"}})"),
            R"({"Image":"nginx","labels":{"a":"b","team":"web"}})");
  EXPECT_EQ(confined_network(kWeb, R"({"Name":"front","Driver":"bridge"})"),
            R"({"Name":"front","Driver":"bridge","Labels":{"team":"web"}})");
  EXPECT_EQ(confined_volume(kWeb, ""), R"({"Labels":{"team":"web"}})");
  EXPECT_THAT(refusal_of([] { confined_container(kWeb, R"({"Labels":{"team":"db"}})"); }), HasSubstr("'team=web'"));
  EXPECT_THAT(refusal_of([] { confined_container({{"team", std::nullopt}}, "{}"); }), HasSubstr("403: "));
}

TEST(Confine, RefusesWhateverSeesTheHost) {
  for (
      const char* body :
      {R"({"HostConfig":{"Privileged":true}})",
       R"({"hostconfig":{"privileged":true}})",
       R"({"Privileged":true})",
       R"({"HostConfig":{"Binds":["/:/host"]}})",
       R"({"HostConfig":{"Binds":["..:/host"]}})",
       R"({"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x"}]}})",
       R"({"HostConfig":{"Mounts":[{"Type":"volume","Source":"v","Target":"/x","VolumeOptions":{"DriverConfig":{"Options":{"device":"/"}}}}]}})",
       R"({"HostConfig":{"NetworkMode":"host"}})",
       R"({"HostConfig":{"PidMode":"host"}})",
       R"({"HostConfig":{"IpcMode":"host"}})",
       R"({"HostConfig":{"UTSMode":"host"}})",
       R"({"HostConfig":{"UsernsMode":"host"}})",
       R"({"HostConfig":{"CgroupnsMode":"host"}})",
       R"({"HostConfig":{"CapAdd":["SYS_ADMIN"]}})",
       R"({"HostConfig":{"Devices":[{"PathOnHost":"/dev/sda"}]}})",
       R"({"HostConfig":{"DeviceRequests":[{"Count":1}]}})",
       R"({"HostConfig":{"DeviceCgroupRules":["a *:* rwm"]}})",
       R"({"HostConfig":{"SecurityOpt":["seccomp=unconfined"]}})",
       R"({"HostConfig":{"MaskedPaths":[]}})",
       R"({"HostConfig":{"CgroupParent":"/x"}})",
       R"({"HostConfig":{"Runtime":"other"}})",
       R"({"HostConfig":{"Sysctls":{"kernel.x":"1"}}})",
       R"({"HostConfig":{"VolumeDriver":"sshfs"}})",
       R"({"HostConfig":{"OfTomorrow":{"x":[0,1]}}})",
       R"({"NetworkingConfig":{"EndpointsConfig":{"host":{}}}})",
       R"({"Labels":{"com.docker.swarm.replaces":"0123"}})",
       R"({"Labels":{"com.docker.swarm.id":"0123"}})"}) {
    EXPECT_THAT(refusal_of([&] { confined_container(kWeb, body); }), HasSubstr("403: ")) << body;
  }
}

TEST(Confine, RefusesMembersThatAnEngineWouldReadOtherwise) {
  for (const char* body :
       {R"({"Labels":{"team":"web"},"labels":{"team":"db"}})", R"({"HostConfig":{},"HOSTCONFIG":{"Privileged":true}})",
        R"({"HostConfig":{"Bind\u017f":["/:/x"]}})", "[]", "\"x\""}) {
    EXPECT_THAT(refusal_of([&] { confined_container(kWeb, body); }), HasSubstr("400: ")) << body;
  }
  // Of two the last counts, here and there.
  EXPECT_THAT(confined_container(kWeb, R"({"HostConfig":{"Privileged":true},"HostConfig":{"Memory":1}})"),
              Not(HasSubstr("Privileged")));
}

TEST(Confine, TakesWhatTheDockerCommandSendsOfAPlainContainer) {
  const char* body =
      R"({"Hostname":"","AttachStdin":false,"Tty":false,"Env":null,"Cmd":["sh"],"Image":"app","Volumes":{},)"
      R"("Labels":{},"HostConfig":{"Binds":["data:/data:ro"],"ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},)"
      R"("NetworkMode":"default","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"80"}]},"RestartPolicy":)"
      R"({"Name":"no","MaximumRetryCount":0},"AutoRemove":true,"VolumeDriver":"","VolumesFrom":null,)"
      R"("ConsoleSize":[0,0],"CapAdd":null,"CapDrop":["ALL"],"CgroupnsMode":"","Cgroup":"","PidMode":"",)"
      R"("Privileged":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":0,"CgroupParent":"",)"
      R"("BlkioDeviceReadBps":[],"Devices":[],"DeviceRequests":null,"MemorySwappiness":-1,"MaskedPaths":null},)"
      R"("NetworkingConfig":{"EndpointsConfig":{"front":{"IPAMConfig":null,"Aliases":["x"]}}}})";
  EXPECT_EQ(refusal_of([&] { confined_container(kWeb, body); }), "");
}

TEST(Confine, LeavesItToTheCallerWhichNetworksThereAre) {
  EXPECT_EQ(refusal_of([] { confined_container(kWeb, R"({"HostConfig":{"NetworkMode":"front"}})"); }), "");
}

TEST(Confine, RefusesPrivilegedExecsAndForeignDrivers) {
  EXPECT_THAT(refusal_of([] { confined_exec(kWeb, R"({"Cmd":["sh"],"Privileged":true})"); }), HasSubstr("403: "));
  EXPECT_EQ(refusal_of([] { confined_exec(kWeb, R"({"Cmd":["sh"],"Privileged":false,"Tty":true})"); }), "");
  EXPECT_THAT(refusal_of([] { confined_volume(kWeb, R"({"Name":"v","DriverOpts":{"device":"/","o":"bind"}})"); }),
              HasSubstr("403: "));
  EXPECT_THAT(refusal_of([] { confined_network(kWeb, R"({"Name":"n","Driver":"macvlan"})"); }), HasSubstr("403: "));
  EXPECT_THAT(refusal_of([] { confined_network(kWeb, R"({"Name":"n","Options":{"parent":"eth0"}})"); }),
              HasSubstr("403: "));
  EXPECT_THAT(refusal_of([] { confined_update(kWeb, R"({"Devices":[{"PathOnHost":"/dev/sda"}]})"); }),
              HasSubstr("403: "));
  EXPECT_EQ(refusal_of([] { confined_update(kWeb, R"({"Memory":1000000,"RestartPolicy":{"Name":"always"}})"); }), "");
}

TEST(Rates, LetABurstPassAndThenSoManyASecond) {
  Rates rates(2, 3);
  const Rates::Time begin{};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take("ada", begin));
  EXPECT_EQ(rates.take("ada", begin), 1s);
  EXPECT_FALSE(rates.take("bob", begin)) << "each has his own";
  EXPECT_FALSE(rates.take("ada", begin + 500ms));
  EXPECT_EQ(rates.take("ada", begin + 600ms), 1s);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take("ada", begin + 1h)) << "no more than a burst gathers";
  EXPECT_TRUE(rates.take("ada", begin + 1h));
  EXPECT_FALSE(Rates(0, 0).take("ada", begin));
}

TEST(Rates, ForgetClientsThatMayAskAgain) {
  Rates rates(1, 1);
  const Rates::Time begin{};
  for (int i = 0; i < 10'000; ++i) rates.take("client " + std::to_string(i), begin + std::chrono::seconds(i));
  EXPECT_TRUE(rates.take("client 9999", begin + 9999s));
}

TEST(Revoked, FollowsItsFileAndKeepsWhatItSaidWhenThatIsGone) {
  const TemporaryFolder folder;
  const Path file = folder.path() / "revoked";
  EXPECT_THAT(refusal_of([&] { Revoked{file}; }), HasSubstr("404: "));
  write_file(file, "# lost\n ada  # her laptop\nserial:0AfF\n");
  Revoked revoked(file);
  const Revoked::Time begin{};
  EXPECT_TRUE(revoked.has("ada", "1", begin));
  EXPECT_TRUE(revoked.has("bob", "0aff", begin));
  EXPECT_FALSE(revoked.has("bob", "ada", begin));
  EXPECT_FALSE(revoked.has("# lost", "", begin));
  write_file(file, "bob");
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + 10s);
  EXPECT_TRUE(revoked.has("ada", "1", begin + 500ms)) << "not looked at for each request";
  EXPECT_FALSE(revoked.has("ada", "1", begin + 1s));
  EXPECT_TRUE(revoked.has("bob", "1", begin + 1s));
  std::filesystem::remove(file);
  EXPECT_TRUE(revoked.has("bob", "1", begin + 1h));
}

TEST(AuditLog, AppendsALineForEachChange) {
  const TemporaryFolder folder;
  const Path file = folder.path() / "audit";
  AuditEntry entry;
  entry.caller = {.name = "ada", .grant = {Role::kOperator, kWeb}, .from = "tcp://10.0.0.9:4711", .via = "manager m2"};
  entry.method = "POST";
  entry.path = "/containers/web\"\n/stop";
  entry.object = "web";
  entry.nodes = {"node-1", "node-2"};
  entry.status = 204;
  entry.took = 12ms;
  entry.time = std::chrono::system_clock::time_point(1'700'000'000s);
  AuditLog(file).write(entry);
  AuditLog(file).write(entry);
  const std::string line =
      R"({"time":"2023-11-14T22:13:20Z","who":"ada","role":"operator","scope":["team=web"],"from":"tcp://10.0.0.9:4711",)"
      R"("via":"manager m2","method":"POST","path":"/containers/web\"\n/stop","object":"web",)"
      R"("nodes":["node-1","node-2"],"status":204,"took_ms":12})"
      "\n";
  EXPECT_EQ(read_file(file), line + line);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(refusal_of([&] { AuditLog(folder.path() / "no/such"); }), HasSubstr("opening the audit log"));
}

}  // namespace
}  // namespace berth::swarm
