#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using testing::container;
using testing::containers;
using testing::engine_with;
using testing::project;

constexpr std::string_view kChain = R"(
services:
  web: {image: 'app:1', depends_on: {api: {condition: service_started, restart: true}}}
  api: {image: 'app:1', depends_on: [db]}
  db: {image: 'app:1', volumes: ['data:/data']}
volumes: {data: {}}
)";

State running() { return after_up(engine_with({"app:1"}), kChain); }

std::string lines(const Plan& plan) { return "\n" + text(plan); }

TEST(Down, RemovesDependentsFirstAndNetworksLast) {
  EXPECT_EQ(lines(plan_down(project(kChain), running())), R"(
#1 stop shop-web-1
#2 remove shop-web-1 after #1
#3 stop shop-api-1 after #1
#4 remove shop-api-1 after #3
#5 stop shop-db-1 after #3
#6 remove shop-db-1 after #5
#7 remove network shop_default after #2, #4, #6
)");
}

TEST(Down, VolumesGoOnlyWhenAskedFor) {
  State state = running();
  EXPECT_EQ(after(state, plan_down(project(kChain), state)).volumes.size(), 1U);
  const State gone = after(state, plan_down(project(kChain), state, {.volumes = true}));
  EXPECT_TRUE(gone.volumes.empty());
  EXPECT_TRUE(gone.networks.empty());
  EXPECT_TRUE(gone.containers.empty());
}

TEST(Down, WorksFromLabelsAlone) {
  const State state = running();
  EXPECT_EQ(text(plan_down(project_of("shop", state), state)), text(plan_down(project(kChain), state)));
}

TEST(Down, ImagesGoAfterTheContainers) {
  const State state = running();
  EXPECT_THAT(text(plan_down(project(kChain), state, {.images = DownOptions::Images::kAll})),
              ::testing::HasSubstr("remove image app:1 after #2, #4, #6"));
  EXPECT_THAT(text(plan_down(project(kChain), state, {.images = DownOptions::Images::kLocal})),
              ::testing::Not(::testing::HasSubstr("image")));
}

TEST(Stop, GoesAgainstTheDependenciesThroughWhatIsStoppedAlready) {
  State state = running();
  container(state, "shop-api-1").state = "exited";
  EXPECT_EQ(lines(plan_stop(project(kChain), state)), R"(
#1 stop shop-web-1
#2 stop shop-db-1 after #1
)");
}

TEST(Start, GoesWithTheDependencies) {
  State state = running();
  state = after(state, plan_stop(project(kChain), state));
  EXPECT_EQ(lines(plan_start(project(kChain), state)), R"(
#1 start shop-db-1
#2 start shop-api-1 after #1
#3 start shop-web-1 after #2
)");
}

TEST(Start, NeedsContainers) { EXPECT_THROW(plan_start(project(kChain), engine_with({"app:1"})), Error); }

TEST(Restart, TakesDependentsThatAskForItAlong) {
  EXPECT_EQ(lines(plan_restart(project(kChain), running(), {.services = {"api"}})), R"(
#1 restart shop-api-1
#2 restart shop-web-1 after #1
)");
  EXPECT_EQ(lines(plan_restart(project(kChain), running(), {.services = {"api"}, .no_deps = true})),
            "\n#1 restart shop-api-1\n");
}

TEST(Kill, TakesOnlyWhatIsUp) {
  State state = running();
  container(state, "shop-db-1").state = "exited";
  EXPECT_EQ(lines(plan_kill(project(kChain), state)), "\n#1 kill shop-api-1\n#2 kill shop-web-1\n");
}

TEST(Remove, LeavesWhatRunsUnlessItIsToBeStopped) {
  State state = running();
  container(state, "shop-db-1").state = "exited";
  EXPECT_EQ(lines(plan_remove(project(kChain), state)), "\n#1 remove shop-db-1\n");
  EXPECT_EQ(lines(plan_remove(project(kChain), state, {.services = {"web"}, .stop = true})),
            "\n#1 stop shop-web-1\n#2 remove shop-web-1 after #1\n");
}

}  // namespace
}  // namespace berth::converge
