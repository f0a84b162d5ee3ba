// An engine that is there but behaves badly: slow, failing now and then, cut off in the middle.
#include <random>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strings.h"
#include "scenario/bad_proxy.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"
#include "scenario/shop.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// A file in a running container that nobody can remove while this is there, so that the container cannot go either.
class Stuck {
 public:
  Stuck(const Path& engine_socket, const std::string& container, const std::string& file) {
    const std::string folder = run_checked(soon(), {"docker", "-H", "unix://" + engine_socket.string(), "inspect", "-f",
                                                    "{{.GraphDriver.Data.UpperDir}}", container});
    file_ = Fd(::open((std::string(trim(folder)) + file).c_str(), O_RDONLY | O_CLOEXEC));
    works_ = set(FS_IMMUTABLE_FL);
  }
  ~Stuck() { set(0); }
  Stuck(const Stuck&) = delete;
  Stuck& operator=(const Stuck&) = delete;

  // False where the file system has no such flag.
  bool works() const { return works_; }

 private:
  bool set(int flags) { return ::ioctl(file_.get(), FS_IOC_SETFLAGS, &flags) == 0; }

  Fd file_;
  bool works_ = false;
};

class BadEngine : public OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    user().compose_file(kShop);
  }

  // From now on berth comes to the engine this way only; what the test asks goes straight.
  BadProxy& spoil(BadProxy::Rule rule) {
    proxy_ = std::make_unique<BadProxy>(user().engine_socket(), std::move(rule));
    user().environment.set("DOCKER_HOST", proxy_->docker_host());
    return *proxy_;
  }

  // Runs the command until it succeeds, some twenty times at most; every failure has to say what the engine said.
  void insist(const std::vector<std::string>& words) {
    std::string said;
    for (int run = 0; run < 20; ++run) {
      const Output output = user().compose(words);
      if (output.status.code == 0) return;
      said = output.err;
      EXPECT_THAT(said, HasSubstr("out of sorts"));
    }
    ADD_FAILURE() << words.front() << " never succeeded; at last: " << said;
  }

 private:
  std::unique_ptr<BadProxy> proxy_;
};

INSTANTIATE_TEST_SUITE_P(Engines, BadEngine, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(BadEngine, ASlowEngineOnlyTakesLonger) {
  spoil([](const BadProxy::Call&) { return BadProxy::Fate{.delay = 500ms}; });
  expect_converges(user());
}

TEST_P(BadEngine, WhatFailsOnceInTenCallsIsWholeAfterAFewRuns) {
  // Scattered, so that no run of as many calls as the one before fails at the same one again; the same in each test
  // run.
  BadProxy& proxy = spoil([](const BadProxy::Call& call) {
    std::mt19937 random(static_cast<unsigned>(call.number));
    return BadProxy::Fate{.fails = random() % 10 == 0};
  });
  insist({"up", "-d", "-t", "0"});
  EXPECT_EQ(user().objects(), kShopObjects);
  EXPECT_THAT(user().states(), testing::Each(testing::Pair(testing::_, "running")));
  user().compose_file(shop_with_hostname("other"));
  insist({"up", "-d", "-t", "0"});
  EXPECT_EQ(user().objects(), kShopObjects);
  EXPECT_EQ(user().inspect("shop-web-2").config.hostname, "other");
  insist({"down", "-t", "0"});
  EXPECT_THAT(user().objects(), ElementsAre("volume shop_data"));
  EXPECT_GT(proxy.failed(), 0);
}

TEST_P(BadEngine, LogsThatAreFollowedGoOnAfterACutWithNothingLostOrTwice) {
  user().compose_file(
      "services: {web: {image: 'berth/test:1', init: true, command: [sh, -c, 'i=0; while [ $$i -lt 2000 ]; do echo "
      "line $$i; "
      "i=$$((i+1)); usleep 1000; done']}}");
  ASSERT_EQ(user().compose({"up", "-d"}).status.code, 0);
  BadProxy& proxy = spoil([](const BadProxy::Call&) { return BadProxy::Fate{}; });
  auto logs = user().start_compose({"logs", "-f", "--no-color", "--no-log-prefix"});
  for (const std::string seen : {"line 10\n", "line 700\n", "line 1200\n"}) {
    logs.says(seen);
    proxy.cut();
  }
  EXPECT_EQ(logs.wait().code, 0) << logs.err();
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += "line " + std::to_string(i) + "\n";
  expected += "web-1 exited with code 0\n";
  EXPECT_EQ(logs.out(), expected);
}

TEST_P(BadEngine, LogsPassOverAContainerThatIsBeingRemoved) {
  user().compose_file(
      "services: {other: {image: 'berth/test:1', command: [sh, -c, 'echo from other']},"
      " web: {image: 'berth/test:1', command: [sh, -c, 'touch /stays; echo from web; sleep infinity']}}");
  ASSERT_EQ(user().compose({"up", "-d"}).status.code, 0);
  wait_until([&] { return user().logs("shop-web-1") == "from web\n"; });
  const auto web = user().inspect("shop-web-1");
  {
    const Stuck stuck(user().engine_socket(), "shop-web-1", "/stays");
    if (!stuck.works()) GTEST_SKIP() << "the engine's file system knows no files that cannot be removed";
    EXPECT_THROW(user().engine().remove_container(soon(), web.id, {.force = true}), Error);
    ASSERT_THAT(user().states().at("shop-web-1"), testing::AnyOf("dead", "removing"));
    const Output logs = user().compose({"logs"});
    EXPECT_EQ(logs.status.code, 0) << logs.err;
    EXPECT_EQ(logs.out, "other-1  | from other\n");
    auto follow = user().start_compose({"logs", "-f"});
    follow.says("from other\n");
    ASSERT_EQ(user().compose({"start", "other"}).status.code, 0);
    follow.says("from other\nother-1  | from other\n");
    follow.child.kill(SIGINT);
    follow.wait();
  }
  user().engine().remove_container(soon(), web.id, {.force = true});
}

TEST_P(BadEngine, AnExecThatIsCutEndsAndSaysSo) {
  user().compose_file("services: {web: {image: 'berth/test:1'}}");
  ASSERT_EQ(user().compose({"up", "-d"}).status.code, 0);
  BadProxy& proxy = spoil([](const BadProxy::Call&) { return BadProxy::Fate{}; });
  auto exec = user().start_compose({"exec", "-T", "web", "sh", "-c", "echo ready; sleep 1000"});
  wait_until([&] { return exec.out() == "ready\n"; });
  proxy.cut();
  EXPECT_EQ(exec.wait().code, 1);
  EXPECT_THAT(exec.err(), HasSubstr("goes on in container"));
}

}  // namespace
}  // namespace berth::scenario
