#include "converge/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"

namespace berth::converge {
namespace {

using testing::after_up;
using testing::container;
using testing::engine_with;
using testing::project;
using testing::with;

constexpr std::string_view kHooked = R"(
services:
  web:
    image: app:1
    network_mode: none
    post_start: [{command: warm up}, {command: announce}]
    pre_stop: [{command: drain}]
  front: {image: 'app:1', network_mode: none, depends_on: [web]}
)";

State engine() { return engine_with({"app:1", "app:2"}); }
State running() { return after_up(engine(), kHooked); }
std::string lines(const Plan& plan) { return "\n" + text(plan); }

TEST(Hooks, ADependentStartsWhenTheHooksBeforeItHaveRun) {
  EXPECT_EQ(lines(reconcile(project(kHooked), engine())), R"(
#1 create shop-web-1
#2 create shop-front-1
#3 start shop-web-1 after #1
#4 run hook shop-web-1 post_start 1: warm up after #3
#5 run hook shop-web-1 post_start 2: announce after #4
#6 stop shop-web-1 after success of #3, failure of #5 (its hook failed)
#7 start shop-front-1 after #2, #5
)");
}

TEST(Hooks, AStopComesAfterItsHooksAndTheyAfterTheStopsOfDependents) {
  EXPECT_EQ(lines(plan_stop(project(kHooked), running())), R"(
#1 stop shop-front-1
#2 run hook shop-web-1 pre_stop 1: drain after #1
#3 stop shop-web-1 after #2
)");
  EXPECT_THAT(text(plan_down(project(kHooked), running())), ::testing::HasSubstr("pre_stop 1: drain after #1"));
}

TEST(Hooks, WhatDoesNotRunIsStoppedWithoutThem) {
  State state = running();
  container(state, "shop-web-1").state = "paused";
  EXPECT_EQ(lines(plan_stop(project(kHooked), state, {.services = {"web"}})), "\n#1 stop shop-web-1\n");
}

TEST(Hooks, ARestartRunsBothKinds) {
  EXPECT_EQ(lines(plan_restart(project(kHooked), running(), {.services = {"web"}})), R"(
#1 run hook shop-web-1 pre_stop 1: drain
#2 restart shop-web-1 after #1
#3 run hook shop-web-1 post_start 1: warm up after #2
#4 run hook shop-web-1 post_start 2: announce after #3
#5 stop shop-web-1 after success of #2, failure of #4 (its hook failed)
)");
}

TEST(Hooks, ARecreationRunsThoseThatTheContainerWasMadeWith) {
  const auto recreation = [&](std::string_view fresh) {
    return reconcile(project(fresh), running(), {.services = {"web"}, .timeout = std::chrono::seconds(1)});
  };
  EXPECT_THAT(text(recreation(with(kHooked, "app:1", "app:2"))), ::testing::HasSubstr(R"(
#2 run hook shop-web-1 pre_stop 1: drain after #1
#3 stop shop-web-1 after #2
)"));
  const Plan changed = recreation(with(kHooked, "drain", "drain better"));
  EXPECT_THAT(text(changed), ::testing::Not(::testing::HasSubstr("hook shop-web-1 pre_stop")));
  EXPECT_THAT(changed.warnings, ::testing::ElementsAre(::testing::HasSubstr("made with others than the file has now")));
}

TEST(Hooks, AnUpdateIsGivenUpWhenAHookFails) {
  const std::string update =
      with(kHooked, "    post_start", "    deploy: {update_config: {order: start-first, monitor: 1s}}\n    post_start");
  const State state = after_up(engine(), update);
  EXPECT_THAT(text(reconcile(project(with(update, "app:1", "app:2")), state)), ::testing::HasSubstr(R"(
#2 start shop-web-1 after #1
#3 run hook shop-web-1 post_start 1: warm up after #2
#4 run hook shop-web-1 post_start 2: announce after #3
#5 wait for shop-web-1 running or healthy after #4
#6 watch shop-web-1 for 1s after #5
#7 run hook shop-web-1 pre_stop 1: drain after #6
#8 stop shop-web-1 after #7
)"));
}

TEST(Hooks, AreProgramsAsTheyAreWritten) {
  compose::Hook hook;
  hook.command = {"warm", "up"};
  hook.user = "app";
  hook.working_dir = "/srv";
  hook.privileged = true;
  hook.environment = {{"A", "1"}, {"B", std::nullopt}};
  const engine::ExecCreate program = exec_of(hook);
  EXPECT_THAT(program.cmd, ::testing::ElementsAre("warm", "up"));
  EXPECT_THAT(program.env, ::testing::ElementsAre("A=1", "B"));
  EXPECT_EQ(program.user + program.working_dir, "app/srv");
  EXPECT_TRUE(program.privileged);
}

}  // namespace
}  // namespace berth::converge
