#include "converge/rollout.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/agent_image.h"
#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using testing::containers;
using testing::engine_with;
using ::testing::HasSubstr;
using testing::project;

std::string service(const std::string& image, const std::string& update, const std::string& more = {}) {
  return "services: {web: {image: '" + image + "', healthcheck: {test: [CMD, 'true']}, deploy: {update_config: {" +
         update + "}}" + more + "}}";
}

State engine() { return engine_with({"app:1", "app:2", agent_image()}); }

std::string replicas(State state) {
  std::erase_if(state.containers, is_one_off);
  return containers(state);
}

std::string update_text(const std::string& update, const std::string& more = {}, const UpOptions& options = {}) {
  const State state = after_up(engine(), service("app:1", update, more), options);
  return "\n" + text(reconcile(project(service("app:2", update, more)), state, options));
}

TEST(Rollout, ANewContainerIsHealthyBeforeTheOldOneGoes) {
  EXPECT_EQ(update_text("order: start-first"), R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 start shop-web-1 after #1
#3 wait for shop-web-1 running or healthy after #2
#4 stop shop-web-1 after #3
#5 remove shop-web-1 after #4
#6 rename shop-web-1 after #5
#7 remove shop-web-1 after failure of #3 (the new one is not good)
)");
}

TEST(Rollout, StopFirstKeepsTheOldOneToGoBackTo) {
  EXPECT_EQ(update_text("monitor: 2s"), R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 stop shop-web-1 after #1
#3 start shop-web-1 after #2
#4 wait for shop-web-1 running or healthy after #3
#5 watch shop-web-1 for 2s after #4
#6 remove shop-web-1 after #5
#7 rename shop-web-1 after #6
#8 remove shop-web-1 after failure of #5 (the new one is not good)
#9 start shop-web-1 after #8 (the new one is not good)
)");
}

TEST(Rollout, ContainersTakeTurnsAndAFailureEndsThem) {
  EXPECT_EQ(update_text("order: start-first, delay: 3s", {}, {.scale = {{"web", 2}}}), R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 start shop-web-1 after #1
#3 wait for shop-web-1 running or healthy after #2
#4 stop shop-web-1 after #3
#5 remove shop-web-1 after #4
#6 rename shop-web-1 after #5
#7 remove shop-web-1 after failure of #3 (the new one is not good)
#8 check that none of 'web' failed after the end of #6, the end of #7
#9 pause for 3s after #8
#10 create shop-web-2 beside the old one after #9 (config changed: image; image changed)
#11 start shop-web-2 after #10
#12 wait for shop-web-2 running or healthy after #11
#13 stop shop-web-2 after #12
#14 remove shop-web-2 after #13
#15 rename shop-web-2 after #14
#16 remove shop-web-2 after failure of #12 (the new one is not good)
)");
}

TEST(Rollout, ParallelismAndFailuresAreThoseOfTheFile) {
  const std::string plan =
      update_text("order: start-first, parallelism: 2, max_failure_ratio: 0.25", {}, {.scale = {{"web", 4}}});
  EXPECT_THAT(plan,
              HasSubstr("check that at most 1 of 'web' failed after the end of #7, the end of #8, the end of #13, "));
  const std::string all = update_text("parallelism: 0", {}, {.scale = {{"web", 4}}});
  EXPECT_THAT(all, ::testing::Not(HasSubstr("check")));
  const std::string back = update_text("failure_action: rollback");
  EXPECT_THAT(back, HasSubstr("check that none of 'web' failed"));
}

TEST(Rollout, PublishedPortsStayWithTheIngress) {
  EXPECT_EQ(update_text("order: start-first", ", ports: ['8080:80']"), R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 start shop-web-1 after #1
#3 wait for shop-web-1 running or healthy after #2
#4 route shop-web-ingress +shop-web-1 -shop-web-1 after #3
#5 stop shop-web-1 after #4
#6 remove shop-web-1 after #5
#7 rename shop-web-1 after #6
#8 remove shop-web-1 after failure of #4 (the new one is not good)
)");
}

TEST(Rollout, AnIngressIsMadeOnceAndASecondUpDoesNothing) {
  const std::string yaml = service("app:1", "order: start-first", ", ports: ['8080:80']");
  EXPECT_EQ("\n" + text(reconcile(project(yaml), engine())), R"(
#1 create network shop_default
#2 create shop-web-ingress after #1
#3 start shop-web-ingress after #2
#4 create shop-web-1 after #1
#5 start shop-web-1 after #4
#6 route shop-web-ingress +shop-web-1 after #3, #5
)");
  EXPECT_EQ(text(reconcile(project(yaml), after_up(engine(), yaml))), "");
}

TEST(Rollout, ScalingGoesThroughTheIngress) {
  const std::string yaml = service("app:1", "order: start-first", ", ports: ['8080:80']");
  const State one = after_up(engine(), yaml);
  EXPECT_EQ("\n" + text(reconcile(project(yaml), one, {.scale = {{"web", 2}}})), R"(
#1 create shop-web-2
#2 start shop-web-2 after #1
#3 wait for shop-web-2 running or healthy after #2
#4 route shop-web-ingress +shop-web-2 after #3
)");
  const State two = after_up(one, yaml, {.scale = {{"web", 2}}});
  EXPECT_EQ("\n" + text(reconcile(project(yaml), two, {.scale = {{"web", 1}}})), R"(
#1 route shop-web-ingress -shop-web-2
#2 stop shop-web-2 after #1
#3 remove shop-web-2 after #2
)");
}

TEST(Rollout, APortIsGivenToTheIngressByWhoHasIt) {
  const State before = after_up(engine(), service("app:1", "order: stop-first", ", ports: ['8080:80']"));
  const Plan plan = reconcile(project(service("app:1", "order: start-first", ", ports: ['8080:80']")), before);
  const State done = after(before, plan);
  EXPECT_EQ(containers(done), "shop-web-1 running, shop-web-ingress running");
}

TEST(Rollout, WhatCannotRunTwiceIsUpdatedStopFirstAndSaysSo) {
  const std::string update = "order: start-first";
  const std::string more = ", ports: ['8080:80'], x-berth: {ingress: false}";
  const State state = after_up(engine(), service("app:1", update, more));
  const Plan plan = reconcile(project(service("app:2", update, more)), state);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings[0], "service 'web' is updated stop-first, as it publishes its ports itself");
  EXPECT_THAT(text(plan), HasSubstr("#2 stop shop-web-1 after #1"));
}

TEST(Rollout, ARollbackBringsBackAllThatWereReplaced) {
  const std::string update = "order: start-first, failure_action: rollback";
  EXPECT_EQ(update_text(update, {}, {.scale = {{"web", 2}}}), R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 start shop-web-1 after #1
#3 wait for shop-web-1 running or healthy after #2
#4 stop shop-web-1 after #3
#5 remove shop-web-1 after failure of #3 (the new one is not good)
#6 check that none of 'web' failed after the end of #4, the end of #5
#7 create shop-web-2 beside the old one after #6 (config changed: image; image changed)
#8 start shop-web-2 after #7
#9 wait for shop-web-2 running or healthy after #8
#10 stop shop-web-2 after #9
#11 remove shop-web-2 after failure of #9 (the new one is not good)
#12 check that none of 'web' failed after the end of #4, the end of #5, the end of #10, the end of #11
#13 remove shop-web-1 after #4, #12
#14 rename shop-web-1 after #13
#15 remove shop-web-2 after #10, #12
#16 rename shop-web-2 after #15
#17 start shop-web-1 after success of #4, failure of #12 (rolled back)
#18 wait for shop-web-1 running or healthy after #17
#19 stop shop-web-1 after #18 (rolled back)
#20 remove shop-web-1 after #19 (rolled back)
#21 check that none of 'web' failed after failure of #12, the end of #20
#22 start shop-web-2 after success of #10, failure of #12, #21 (rolled back)
#23 wait for shop-web-2 running or healthy after #22
#24 stop shop-web-2 after #23 (rolled back)
#25 remove shop-web-2 after #24 (rolled back)
#26 check that 'web' is what it was before after the end of #5, the end of #11, failure of #12, the end of #20, the end of #25
)");
}

TEST(Rollout, ARollbackGoesByItsOwnPolicy) {
  const std::string update = "order: start-first, failure_action: rollback";
  const auto yaml = [&](const std::string& image) {
    std::string text = service(image, update);
    return text.replace(text.find("deploy: {"), 9,
                        "deploy: {rollback_config: {order: stop-first, delay: 2s, parallelism: 2}, ");
  };
  const UpOptions three{.scale = {{"web", 3}}};
  const State state = after_up(engine(), yaml("app:1"), three);
  const std::string plan = text(reconcile(project(yaml("app:2")), state, three));
  EXPECT_THAT(plan, HasSubstr("pause for 2s after success of"));
  EXPECT_THAT(plan, HasSubstr("check that 'web' is what it was before"));
}

int running(const State& state) {
  return static_cast<int>(std::count_if(state.containers.begin(), state.containers.end(),
                                        [](const auto& c) { return is_up(c) && !is_one_off(c); }));
}

TEST(Rollout, WhereverItIsBrokenOffTheNextUpConverges) {
  for (const std::string update :
       {"order: start-first", "order: stop-first", "order: start-first, failure_action: rollback",
        "order: stop-first, failure_action: rollback"}) {
    for (const std::string more : {", ports: ['8080:80'], x-berth: {ingress: true}", ""}) {
      const UpOptions two{.scale = {{"web", 2}}};
      const State before = after_up(engine(), service("app:1", update, more), two);
      const compose::Project wanted = project(service("app:2", update, more));
      const Plan plan = reconcile(wanted, before, two);
      for (std::size_t count = 0; count <= plan.operations.size(); ++count) {
        SCOPED_TRACE(update + more + " after " + std::to_string(count));
        const State broken = after(before, plan, count);
        const Plan next = reconcile(wanted, broken, two);
        const State done = after(broken, next);
        EXPECT_EQ(replicas(done), "shop-web-1 running, shop-web-2 running");
        EXPECT_EQ(text(reconcile(wanted, done, two)), "");
        // What runs goes on running for as long as its policy allows.
        const int at_least = std::min(running(broken), update.starts_with("order: start-first") ? 2 : 1);
        for (std::size_t i = 0; i <= next.operations.size(); ++i) {
          EXPECT_GE(running(after(broken, next, i)), at_least) << "at " << i << " of\n" << text(next);
        }
      }
    }
  }
}

TEST(Rollout, AnUpdateThatWasBrokenOffIsFinishedNotBegunAgain) {
  const State before = after_up(engine(), service("app:1", "monitor: 2s"));
  const compose::Project wanted = project(service("app:2", "monitor: 2s"));
  // Created, stopped and started.
  const State broken = after(before, reconcile(wanted, before), 3);
  EXPECT_EQ("\n" + text(reconcile(wanted, broken)), R"(
#1 wait for shop-web-1 running or healthy
#2 watch shop-web-1 for 2s after #1
#3 remove shop-web-1 after #2
#4 rename shop-web-1 after #3
#5 remove shop-web-1 after failure of #2 (the new one is not good)
#6 start shop-web-1 after #5 (the new one is not good)
)");
}

TEST(Rollout, ARecreationThatWasBrokenOffIsFinishedToo) {
  const State before = after_up(engine(), "services: {web: {image: 'app:1'}}");
  const compose::Project wanted = project("services: {web: {image: 'app:2'}}");
  const Plan plan = reconcile(wanted, before);
  for (std::size_t count = 0; count <= plan.operations.size(); ++count) {
    SCOPED_TRACE(count);
    const State broken = after(before, plan, count);
    const State done = after(broken, reconcile(wanted, broken));
    EXPECT_EQ(containers(done), "shop-web-1 running");
    EXPECT_EQ(text(reconcile(wanted, done)), "");
  }
}

}  // namespace
}  // namespace berth::converge
