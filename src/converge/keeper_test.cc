#include "converge/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/agent_image.h"
#include "converge/labels.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using testing::container;
using testing::containers;
using testing::engine_with;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::project;

State engine() { return engine_with({"app:1", "app:2", agent_image()}); }

constexpr std::string_view kMended =
    "services: {web: {image: 'app:1', healthcheck: {test: [CMD, 'true']}, x-berth: {restart_unhealthy: {delay: 5s}}}}";

TEST(Keeper, IsMadeForWhoAsksForItAndASecondUpDoesNothing) {
  EXPECT_EQ("\n" + text(reconcile(project(kMended), engine())), R"(
#1 create network shop_default
#2 create shop-keeper
#3 start shop-keeper after #2
#4 create shop-web-1 after #1
#5 start shop-web-1 after #4
)");
  State state = after_up(engine(), kMended);
  EXPECT_EQ(text(reconcile(project(kMended), state)), "");
  EXPECT_EQ(label_of(container(state, "shop-web-1").labels, label::kRestartUnhealthy), "5 300");
}

TEST(Keeper, GoesWithTheLastThatNeededIt) {
  const State state = after_up(engine(), kMended);
  EXPECT_EQ(containers(after_up(state, "services: {web: {image: 'app:1'}}")), "shop-web-1 running");
  EXPECT_EQ(containers(after(state, plan_down(project(kMended), state))), "");
  EXPECT_EQ(containers(after(state, plan_stop(project(kMended), state))), "shop-keeper exited, shop-web-1 exited");
  const State stopped = after(state, plan_stop(project(kMended), state));
  EXPECT_EQ(containers(after(stopped, plan_start(project(kMended), stopped))),
            "shop-keeper running, shop-web-1 running");
}

TEST(Keeper, StaysWhereServicesThatAreNotSelectedNeedIt) {
  const std::string both = std::string(kMended.substr(0, kMended.size() - 1)) + ", db: {image: 'app:1'}}";
  const State state = after_up(engine(), both);
  EXPECT_EQ(text(reconcile(project(both).select({"db"}), state)), "");
}

constexpr std::string_view kScheduled =
    "services: {web: {image: 'app:1'}, backup: {image: 'app:1', x-berth: {schedule: '30 3 * * *'}}}";

TEST(Jobs, OnlyTheirScheduleStartsThem) {
  State state = after_up(engine(), kScheduled);
  EXPECT_EQ(containers(state), "shop-backup-1 created, shop-keeper running, shop-web-1 running");
  EXPECT_EQ(label_of(container(state, "shop-backup-1").labels, label::kSchedule), "skip 30 3 * * *");
  EXPECT_EQ(text(reconcile(project(kScheduled), state, {.wait = true})), "");
  EXPECT_THAT(text(plan_start(project(kScheduled), state)), Not(HasSubstr("backup")));
  EXPECT_THAT(text(plan_start(project(kScheduled), state, {.services = {"backup"}})), HasSubstr("start shop-backup-1"));
}

TEST(Jobs, NobodyCanDependOnASchedule) {
  const std::string yaml =
      "services: {web: {image: 'app:1', depends_on: [backup]}, backup: {image: 'app:1', x-berth: {schedule: "
      "'@daily'}}}";
  try {
    reconcile(project(yaml), engine());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("'web' depends on 'backup', which only its schedule starts"));
  }
}

TEST(Jobs, OnceForEachReleaseRunsAgainOnlyWhenSomethingChanged) {
  const auto yaml = [](const std::string& image) {
    return "services: {web: {image: '" + image + "'}, migrate: {image: 'app:1', x-berth: {once: release}}}";
  };
  State state = after_up(engine(), yaml("app:1"));
  container(state, "shop-migrate-1").state = "exited";
  container(state, "shop-migrate-1").status = "Exited (0) 1 second ago";
  EXPECT_EQ(text(reconcile(project(yaml("app:1")), state)), "");
  EXPECT_THAT(text(reconcile(project(yaml("app:2")), state)),
              HasSubstr("shop-migrate-1 beside the old one (a new release)"));
  container(state, "shop-migrate-1").status = "Exited (1) 1 second ago";
  EXPECT_EQ(text(reconcile(project(yaml("app:1")), state)), "#1 start shop-migrate-1\n");
}

TEST(Contents, AChangedConfigRecreatesThoseThatUseIt) {
  const auto yaml = [](const std::string& text) {
    return "services: {web: {image: 'app:1', configs: [greeting]}, db: {image: 'app:1'}}\n"
           "configs: {greeting: {content: " +
           text + "}}";
  };
  const State state = after_up(engine(), yaml("hello"));
  EXPECT_EQ(text(reconcile(project(yaml("hello")), state)), "");
  const std::string plan = text(reconcile(project(yaml("goodbye")), state));
  EXPECT_THAT(plan, HasSubstr("create shop-web-1 beside the old one (config 'greeting' changed)"));
  EXPECT_THAT(plan, Not(HasSubstr("db")));
}

}  // namespace
}  // namespace berth::converge
