// An engine that is there but behaves badly: slow, failing now and then, cut off in the middle.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
