// Against Debian's ZooKeeper.
#include "swarm/discovery/zookeeper.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "net/dial.h"
#include "net/listener.h"
#include "swarm/discovery/watching_for_tests.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;

constexpr char kJar[] = "/usr/share/java/zookeeper.jar";
constexpr Heartbeat kOften{.every = 1s, .ttl = 2s};

Context patient() { return Context().with_timeout(30s); }

// A server with its data in a temporary folder, ended with the object.
class Server {
 public:
  Server() : port_(net::Listener::tcp("127.0.0.1", 0).port()) {
    write_file(folder_.path() / "zoo.cfg",
               "tickTime=500\nadmin.enableServer=false\ndataDir=" + (folder_.path() / "data").string() +
                   "\nclientPortAddress=127.0.0.1\nclientPort=" + std::to_string(port_) + "\n");
    start();
  }
  // Returns when it answers.
  void start() {
    process_.emplace(spawn({"java", "-Xmx128m", "-cp", kJar, "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                            folder_.path() / "zoo.cfg"},
                           {.out = Stdio::kNull, .err = Stdio::kNull}));
    for (const Context limit = patient();; limit.sleep_for(50ms)) {
      try {
        session(10s).get(limit, "/");
        return;
      } catch (const Error&) {
        limit.check();
      }
    }
  }
  void kill() { process_.reset(); }

  ZooKeeperSession session(std::chrono::milliseconds timeout) const {
    return ZooKeeperSession({{"127.0.0.1", port_}}, timeout);
  }
  ZooKeeperDiscovery discovery(const std::string& prefix) const {
    return {"127.0.0.1:" + std::to_string(port_) + "/" + prefix, "docker/swarm/nodes"};
  }

 private:
  TemporaryFolder folder_;
  const std::uint16_t port_;
  std::optional<Child> process_;
};

// One server for all: it takes a second to start.
class ZooKeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("java", Environment::of_process()) || !std::filesystem::exists(kJar)) {
      GTEST_SKIP() << "there is no ZooKeeper: the Debian package is 'zookeeper'";
    }
    if (server_ == nullptr) server_ = new Server;
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  static Server& server() { return *server_; }

 private:
  static Server* server_;
};
Server* ZooKeeperTest::server_ = nullptr;

TEST_F(ZooKeeperTest, NodesComeAndGo) {
  ZooKeeperDiscovery discovery = server().discovery("come");
  Watching watching(discovery);
  watching.await("");
  {
    const Joining one(discovery, "10.0.0.5:2375", kOften);
    watching.await("10.0.0.5:2375");
    ZooKeeperDiscovery other = server().discovery("come");
    const Joining two(other, "10.0.0.6:2375", kOften);
    watching.await("10.0.0.5:2375 10.0.0.6:2375");
    EXPECT_EQ(shown(discovery.list(patient())), "10.0.0.5:2375 10.0.0.6:2375");
    other.leave(patient(), "10.0.0.6:2375");
    watching.await("10.0.0.5:2375");
  }
  watching.await("");  // when their sessions have ended
}

TEST_F(ZooKeeperTest, AJoinerThatIsStartedAgainIsNoNodeThatLeft) {
  ZooKeeperDiscovery discovery = server().discovery("again");
  Watching watching(discovery);
  watching.await("");
  {
    const Joining first(discovery, "10.0.0.5:2375", {.every = 1s, .ttl = 4s});
    watching.await("10.0.0.5:2375");
  }
  const Joining second(discovery, "10.0.0.5:2375", {.every = 1s, .ttl = 4s});
  patient().sleep_for(6s);  // longer than the first one's session
  EXPECT_EQ(shown(discovery.list(patient())), "10.0.0.5:2375");
  EXPECT_THAT(watching.sets(), testing::ElementsAre("", "10.0.0.5:2375"));
}

TEST_F(ZooKeeperTest, WhatIsNoAddressIsLeftOutAndWhatClassicSwarmWroteIsRead) {
  ZooKeeperSession session = server().session(5s);
  session.create(patient(), "/old/docker/swarm/nodes/10.0.0.9:2375", "10.0.0.9:2375", false);
  session.create(patient(), "/old/docker/swarm/nodes/junk", "no address", false);
  EXPECT_EQ(shown(server().discovery("old").list(patient())), "10.0.0.9:2375");
}

TEST_F(ZooKeeperTest, WhileTheServerIsAwayTheNodesStayAndAreFollowedAgainAfterwards) {
  ZooKeeperDiscovery discovery = server().discovery("away");
  const Joining one(discovery, "10.0.0.5:2375", kOften);
  Watching watching(discovery);
  watching.await("10.0.0.5:2375");
  const std::size_t told = watching.sets().size();
  server().kill();
  EXPECT_THAT(watching.await_troubles(1)[0], testing::HasSubstr("127.0.0.1"));
  EXPECT_EQ(watching.sets().size(), told);
  server().start();
  ZooKeeperDiscovery other = server().discovery("away");
  const Joining two(other, "10.0.0.6:2375", kOften);
  watching.await("10.0.0.5:2375 10.0.0.6:2375");
}

TEST_F(ZooKeeperTest, ASessionIsTakenUpAgainAndEndsWhenItIsNotHeardOf) {
  ZooKeeperSession session = server().session(6s);
  EXPECT_TRUE(session.create(patient(), "/kept/mine", "a", true));
  EXPECT_FALSE(session.create(patient(), "/kept/mine", "a", true));
  const std::int64_t id = session.id();
  server().kill();
  EXPECT_THROW(session.get(patient(), "/kept/mine"), Error);
  server().start();
  ASSERT_TRUE(session.get(patient(), "/kept/mine"));
  EXPECT_EQ(session.id(), id);
  EXPECT_EQ(session.get(patient(), "/kept/mine")->owner, id);
  ZooKeeperSession other = server().session(5s);
  for (const Context limit = patient(); other.get(limit, "/kept/mine"); limit.sleep_for(100ms)) {
  }
  EXPECT_THROW(session.get(patient(), "/kept"), Error) << "the server has closed its connection";
  EXPECT_TRUE(session.create(patient(), "/kept/mine", "a", true));
  EXPECT_NE(session.id(), id);
}

TEST(ZooKeeperDiscovery, SaysWhatIsNoHost) {
  EXPECT_THROW(ZooKeeperDiscovery("h:port/x", "p"), Error);
  EXPECT_THROW(ZooKeeperDiscovery("", "p"), Error);
}

TEST(ZooKeeperDiscovery, WhatSpeaksAnotherProtocolIsNamed) {
  net::Listener listener = net::Listener::tcp("127.0.0.1", 0);
  const std::jthread other([&] {
    const auto stream = listener.accept(patient());
    stream->write_all(patient(), "HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  ZooKeeperDiscovery discovery("127.0.0.1:" + std::to_string(listener.port()), "p");
  try {
    discovery.list(patient());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), testing::HasSubstr("does not speak ZooKeeper's protocol"));
  }
}

}  // namespace
}  // namespace berth::swarm
