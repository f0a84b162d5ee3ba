// Managers with TLS over simulated engines: what replicas tell each other of who asks, and what a manager needs of its
// host.
#include <iostream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "net/dial.h"
#include "net/listener.h"
#include "scenario/cli.h"
#include "scenario/replicas.h"
#include "scenario/wire.h"
#include "store/etcd_for_tests.h"
#include "store/open.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Two managers with TLS over simulated engines, and certificates of the authority that they share.
class SwarmSecurityReplicas : public testing::Test {
 protected:
  void SetUp() override {
    if (!store::has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
    environment_.set("MACHINE_STORAGE_PATH", (folder_.path() / "machine").string());
    environment_.set("HOME", folder_.path().string());
    const std::string list = folder_.path() / "addresses";
    fleet_.emplace(spawn({BERTH_FLEET, "run", "-n", "2", "--containers", "1", "--base", fleet_base(),
                          "--socket-control", folder_.path() / "control", "--addresses", list}));
    wait_until([&] { return std::filesystem::exists(folder_.path() / "control"); });
    etcd_.emplace(1, store::EtcdCluster::Pace::kDefault);
    const auto store = store::store_of(etcd_->url("scenario"));
    for (const std::string& address : split(trim(read_file(list)), '\n')) {
      store->set(soon(), "docker/swarm/nodes/" + address, address);
    }
    for (const char* name : {"a", "b"}) start(name);
    EXPECT_TRUE(berth({"swarm", "cert", "ada", "--role", "read-only"}).status.ok());
    EXPECT_TRUE(berth({"swarm", "cert", "web", "--role", "operator", "--scope", "label=team=web"}).status.ok());
    EXPECT_TRUE(berth({"swarm", "cert", "root", "--role", "admin"}).status.ok());
    wait_until([&] {
      return role_of("a") + role_of("b") == "primaryreplica" || role_of("a") + role_of("b") == "replicaprimary";
    });
  }
  void TearDown() override {
    if (!HasFailure()) return;
    for (const char* name : {"a", "b"}) std::cerr << read_file(folder_.path() / (std::string(name) + ".log"));
  }

  void start(const std::string& name) {
    ports_[name] = net::Listener::tcp("127.0.0.1", 0).port();
    const std::string address = "127.0.0.1:" + std::to_string(ports_[name]);
    const Fd log(::open((folder_.path() / (name + ".log")).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    SpawnOptions options;
    options.out_fd = options.err_fd = log.get();
    options.environment = environment_;
    managers_.push_back(spawn({BERTH_PROGRAM, "swarm", "manage", "-H", "tcp://" + address, "--replication",
                               "--advertise", address, "--audit-log", audit_of(name), etcd_->url("scenario")},
                              options));
  }
  Output berth(std::vector<std::string> words) {
    words.insert(words.begin(), BERTH_PROGRAM);
    SpawnOptions options;
    options.environment = environment_;
    options.folder = folder_.path();
    return run(soon(), words, {}, options);
  }
  Path audit_of(const std::string& name) const { return folder_.path() / (name + ".audit"); }
  Output as(const std::string& who, const std::string& manager, std::vector<std::string> words) {
    words.insert(words.begin(), "docker");
    SpawnOptions options;
    options.environment = environment_;
    options.environment->set("DOCKER_HOST", "tcp://127.0.0.1:" + std::to_string(ports_[manager]));
    options.environment->set("DOCKER_TLS_VERIFY", "1");
    options.environment->set("DOCKER_CERT_PATH", (folder_.path() / who).string());
    return run(soon(), words, {}, options);
  }
  // What a manager answers to a request as `who`, with header lines of his own.
  std::string say_as(const std::string& who, const std::string& manager, const std::string& request_line,
                     const std::string& header) {
    const auto stream = net::dial_tls(soon(), "127.0.0.1", ports_[manager], tls_of(folder_.path() / who));
    stream->write_all(soon(), request_line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n");
    return heard(*stream);
  }
  std::string role_of(const std::string& manager) {
    const Output info = as("root", manager, {"info", "--format", "{{(index .DriverStatus 0)}}"});
    return info.out.find("primary") != std::string::npos   ? "primary"
           : info.out.find("replica") != std::string::npos ? "replica"
                                                           : "";
  }

  TemporaryFolder folder_;
  Environment environment_ = Environment::of_process();
  std::optional<Child> fleet_;
  std::optional<store::EtcdCluster> etcd_;
  std::vector<Child> managers_;
  std::map<std::string, std::uint16_t> ports_;
};

TEST_F(SwarmSecurityReplicas, AReplicaHandsOnWhoAsksAndNobodyElseIsBelieved) {
  const bool a_leads = role_of("a") == "primary";
  const std::string leader = a_leads ? "a" : "b";
  const std::string replica = a_leads ? "b" : "a";
  const Output made = as("web", replica, {"run", "-d", "--name", "mine", "redis"});
  ASSERT_TRUE(made.status.ok()) << made.err;
  EXPECT_EQ(trim(as("web", replica, {"ps", "--format", "{{.Names}}"}).out), "mine");
  EXPECT_EQ(split(trim(as("root", replica, {"ps", "-q"}).out), '\n').size(), 3U);
  EXPECT_THAT(as("ada", replica, {"rm", "-f", "mine"}).err, HasSubstr("has the role read-only"));
  EXPECT_THAT(as("web", replica, {"node", "ls"}).err, HasSubstr("with a scope"));

  EXPECT_THAT(read_file(audit_of(leader)), AllOf(HasSubstr(R"("who":"web","role":"operator","scope":["team=web"])"),
                                                 HasSubstr(R"("via":"manager 127.0.0.1:)")));
  EXPECT_THAT(read_file(audit_of(replica)), HasSubstr(R"("who":"ada","role":"read-only")"));

  const std::string forged = "Berth-Caller: {\"name\":\"root\",\"grant\":\"{\\\"role\\\":\\\"admin\\\"}\"}\r\n";
  for (const char* who : {"ada", "web", "root"}) {
    for (const std::string& manager : {leader, replica}) {
      EXPECT_THAT(say_as(who, manager, "DELETE /containers/mine?force=1", forged), StartsWith("HTTP/1.1 403 "));
    }
  }
  // What only says that it was handed on gains nothing either.
  EXPECT_THAT(say_as("ada", leader, "DELETE /containers/mine?force=1", "Berth-Handed-On: x\r\n"),
              StartsWith("HTTP/1.1 403 "));
  // A manager's certificate is good for nothing by itself.
  EXPECT_TRUE(berth({"swarm", "cert", "m", "--role", "manager"}).status.ok());
  EXPECT_THAT(say_as("m", leader, "GET /containers/json", ""), StartsWith("HTTP/1.1 403 "));
  EXPECT_TRUE(as("web", leader, {"rm", "-f", "mine"}).status.ok());
}

// What a manager says at its start with these limits of open files (soft, hard), for a hundred nodes.
std::string words_with_limits(const std::string& soft, const std::string& hard, std::string& limits) {
  const TemporaryFolder folder;
  const std::string socket = folder.path() / "s";
  const Path log_file = folder.path() / "log";
  const Fd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  SpawnOptions options;
  options.out_fd = options.err_fd = log.get();
  Child manager =
      spawn({"sh", "-c", "ulimit -Sn " + soft + "; ulimit -Hn " + hard + "; exec \"$@\"", "sh", BERTH_PROGRAM, "swarm",
             "manage", "--store", "memory:", "-H", "unix://" + socket, "nodes://127.0.0.1:[1:100]"},
            options);
  // When nodes have been tried, all that is said at the start has been said.
  wait_until([&] { return read_file(log_file).find("Unreachable") != std::string::npos; });
  for (const std::string& line : split(read_file("/proc/" + std::to_string(manager.pid()) + "/limits"), '\n')) {
    if (line.starts_with("Max open files")) limits = line;
  }
  return read_file(log_file);
}

TEST(Descriptors, AreRaisedToWhatTheHostAllowsAndSaidToBeTooFewWhereTheyAre) {
  std::string limits;
  EXPECT_THAT(words_with_limits("200", "300", limits),
              HasSubstr("may have 300 open files, and 100 nodes take 456: raise it"));
  EXPECT_THAT(limits, testing::ContainsRegex("300 +300"));
  EXPECT_THAT(words_with_limits("200", "2000", limits), testing::Not(HasSubstr("open files")));
  EXPECT_THAT(limits, testing::ContainsRegex("2000 +2000"));
}

}  // namespace
}  // namespace berth::scenario
