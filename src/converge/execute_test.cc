#include "converge/execute.h"

#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/fake_engine_test.h"
#include "converge/plan_builder.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;
using testing::FakeEngine;
using ::testing::HasSubstr;
using Status = OperationOutcome::Status;

ContainerRef there(const std::string& name) { return {.name = name, .id = engine::ContainerId(name)}; }

Action start(const std::string& name) { return StartContainer{there(name)}; }

Action stop(const std::string& name) { return StopContainer{.container = there(name)}; }

Action wait_healthy(const std::string& name, bool required = true) {
  return WaitFor{
      .condition = WaitFor::Condition::kHealthy, .service = name, .containers = {there(name)}, .required = required};
}

Context limited() { return Context().with_timeout(std::chrono::seconds(30)); }

TEST(Execute, OperationsBeginWhenThoseBeforeThemHaveEnded) {
  FakeEngine engine;
  PlanBuilder builder;
  const auto a = builder.add(start("a"));
  const auto b = builder.add(start("b"), {a});
  builder.add(start("c"), {b});
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  EXPECT_TRUE(outcome.ok());
  EXPECT_THAT(engine.calls(), ElementsAre("start a", "start b", "start c"));
}

TEST(Execute, NoMoreCallsThanAllowedAreInFlight) {
  FakeEngine engine;
  std::latch both(2);
  engine.before = [&](const Context&, const std::string& call) {
    if (call == "start s0" || call == "start s1") both.arrive_and_wait();
  };
  PlanBuilder builder;
  for (int i = 0; i < 8; ++i) builder.add(start("s" + std::to_string(i)));
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish(), {.calls_in_flight = 2}).ok());
  EXPECT_EQ(engine.most_at_once(), 2U);
}

TEST(Execute, ContainersThatAreSlowToStopDoNotHoldUpOthers) {
  FakeEngine engine;
  std::latch all(6);
  engine.before = [&](const Context&, const std::string&) { all.arrive_and_wait(); };
  PlanBuilder builder;
  for (int i = 0; i < 6; ++i) builder.add(stop("s" + std::to_string(i)));
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish(), {.calls_in_flight = 2}).ok());
  EXPECT_EQ(engine.most_at_once(), 6U);
}

TEST(Execute, OneContainerIsFinishedBeforeTheNextIsBegun) {
  FakeEngine engine;
  PlanBuilder builder;
  std::vector<OperationNumber> stops;
  for (const char* name : {"a", "b", "c"}) stops.push_back(builder.add(stop(name)));
  builder.add(RemoveContainer{.container = there("a")}, {stops[0]});
  builder.add(RemoveContainer{.container = there("b")}, {stops[1]});
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish(), {.calls_in_flight = 1}).ok());
  EXPECT_THAT(engine.calls(), ElementsAre("stop a", "remove a", "stop b", "remove b", "stop c"));
}

TEST(Execute, AsLongAsCallsEndNoMoreAreBegunThanAllowed) {
  FakeEngine engine;
  // One takes long; the others end one after the other beside it.
  engine.before = [](const Context& context, const std::string& call) {
    context.sleep_for(std::chrono::milliseconds(call == "stop s0" ? 600 : 100));
  };
  PlanBuilder builder;
  for (int i = 0; i < 5; ++i) builder.add(stop("s" + std::to_string(i)));
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish(), {.calls_in_flight = 2}).ok());
  EXPECT_EQ(engine.most_at_once(), 2U);
}

TEST(Execute, AFailureCancelsWhatComesAfterItAndNothingElse) {
  FakeEngine engine;
  engine.before = [](const Context&, const std::string& call) {
    if (call == "start a") throw Error(Kind::kConflict, "port is in use");
  };
  PlanBuilder builder;
  const auto a = builder.add(start("a"));
  const auto b = builder.add(start("b"), {a});
  builder.add(start("c"), {b});
  const auto d = builder.add(start("d"));
  const auto e = builder.add(start("e"));
  builder.order(e, a, When::kEnded);
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(outcome.failure->message(), HasSubstr("port is in use"));
  EXPECT_EQ(outcome.of(a).status, Status::kFailed);
  EXPECT_EQ(outcome.of(b).status, Status::kCancelled);
  EXPECT_EQ(engine.count("start c"), 0U);
  EXPECT_EQ(outcome.of(d).status, Status::kDone);
  EXPECT_EQ(engine.count("start e"), 1U);
}

TEST(Execute, WhatIsOnlyDoneAfterSuccessIsPassedOver) {
  FakeEngine engine;
  engine.before = [](const Context&, const std::string& call) {
    if (call == "start a") throw Error(Kind::kConflict, "port is in use");
  };
  PlanBuilder builder;
  const auto a = builder.add(start("a"));
  const auto b = builder.add(start("b"));
  const auto undo_b = builder.add(stop("b"));
  const auto undo_a = builder.add(stop("a"));
  for (const auto& [undo, what] : {std::pair(undo_a, a), std::pair(undo_b, b)}) {
    builder.order(undo, a == what ? b : a, a == what ? When::kEnded : When::kFailed);
    builder.order(undo, what, When::kOnlyIfWell);
  }
  const auto whole =
      builder.add(CheckFailures{.service = "s", .of = CheckFailures::Of::kWholeRollback}, {}, {.service = "s"});
  for (const auto undo : {undo_a, undo_b}) builder.order(whole, undo, When::kEnded);
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  EXPECT_EQ(outcome.of(undo_a).status, Status::kSkipped);
  EXPECT_EQ(outcome.of(undo_b).status, Status::kDone);
  EXPECT_EQ(engine.count("stop a"), 0U);
  EXPECT_THAT(outcome.rolled_back, ElementsAre("s"));
  EXPECT_FALSE(outcome.only_rolled_back);  // "start a" was no update of "s"
}

TEST(Execute, ACreatedContainersIdGoesToTheOperationsAfterIt) {
  FakeEngine engine;
  PlanBuilder builder;
  const auto create = builder.add(CreateContainer{.container = {.name = "web"}, .request = {.name = "tmp_web"}});
  builder.add(StartContainer{{.name = "web", .id = {}, .created_by = create}}, {create});
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  EXPECT_TRUE(outcome.ok()) << outcome.failure->message();
  EXPECT_THAT(engine.calls(), ElementsAre("create tmp_web", "start tmp_web"));
  EXPECT_EQ(outcome.of(create).container_id.value, "tmp_web");
}

TEST(Execute, WaitsForHealthByEventsAndInspectsOnce) {
  FakeEngine engine;
  engine.healthy_at_once = false;
  PlanBuilder builder;
  const auto db = builder.add(start("db"));
  const auto healthy = builder.add(wait_healthy("db"), {db});
  builder.add(start("web"), {healthy});
  std::jthread world([&] {
    engine.wait_for_call("json db");
    engine.set_health("db", "healthy");
  });
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish()).ok());
  EXPECT_THAT(engine.calls(), ElementsAre("start db", "json db", "start web"));
}

TEST(Execute, AChainOfTenHealthyServicesCostsAlmostNothing) {
  FakeEngine engine;
  PlanBuilder builder;
  Numbers before;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "s" + std::to_string(i);
    before = {builder.add(start(name), before)};
    before = {builder.add(wait_healthy(name), before)};
  }
  const auto began = Context::Clock::now();
  EXPECT_TRUE(execute(limited(), engine.client(), builder.finish()).ok());
  // 20 ms a level is the goal; a machine at work on something else gets five times as much.
  EXPECT_LT(Context::Clock::now() - began, std::chrono::seconds(1));
}

TEST(Execute, AnUnhealthyContainerFailsItsDependentsWithTheLastProbe) {
  FakeEngine engine;
  engine.healthy_at_once = false;
  PlanBuilder builder;
  const auto db = builder.add(start("db"));
  const auto healthy = builder.add(wait_healthy("db"), {db});
  builder.add(start("web"), {healthy});
  std::jthread world([&] {
    engine.wait_for_call("json db");
    engine.set_health("db", "unhealthy", "disk is full\n");
  });
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->message(),
            "container 'db' of service 'db' is unhealthy; its last probe ended with 1: disk is full");
  EXPECT_EQ(engine.count("start web"), 0U);
}

TEST(Execute, AnOptionalDependencyThatExitsIsAWarning) {
  FakeEngine engine;
  engine.healthy_at_once = false;
  PlanBuilder builder;
  const auto cache = builder.add(start("cache"));
  const auto healthy = builder.add(wait_healthy("cache", false), {cache});
  builder.add(start("web"), {healthy});
  std::jthread world([&] {
    engine.wait_for_call("json cache");
    engine.exit("cache", 1);
  });
  std::vector<std::string> warnings;
  const Outcome outcome = execute(limited(), engine.client(), builder.finish(), {}, [&](const Event& event) {
    if (event.kind == Event::Kind::kWarning) warnings.push_back(event.detail);
  });
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(engine.count("start web"), 1U);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("exited with 1"));
}

TEST(Execute, AWaitEndsWhenItsTimeIsOver) {
  FakeEngine engine;
  engine.healthy_at_once = false;
  PlanBuilder builder;
  WaitFor wait = std::get<WaitFor>(wait_healthy("db"));
  wait.timeout = std::chrono::seconds(0);
  const auto db = builder.add(start("db"));
  builder.add(wait, {db});
  const Outcome outcome = execute(limited(), engine.client(), builder.finish());
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind(), Kind::kTimeout);
  EXPECT_THAT(outcome.failure->message(), ::testing::HasSubstr("was not ready after 0s"));
}

TEST(Execute, CancellingEndsCallsAndWaitsAndBeginsNothingNew) {
  FakeEngine engine;
  engine.healthy_at_once = false;
  engine.before = [](const Context& context, const std::string& call) {
    if (call == "stop slow") context.sleep_for(std::chrono::minutes(1));
  };
  PlanBuilder builder;
  const auto db = builder.add(start("db"));
  const auto healthy = builder.add(wait_healthy("db"), {db});
  builder.add(start("web"), {healthy});
  builder.add(stop("slow"));
  CancelSource cancel;
  std::jthread user([&] {
    engine.wait_for_call("json db");
    engine.wait_for_call("stop slow");
    cancel.cancel();
  });
  const Outcome outcome = execute(cancel.context(), engine.client(), builder.finish());
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind(), Kind::kCancelled);
  EXPECT_EQ(engine.count("start web"), 0U);
}

TEST(Execute, EveryOperationIsReportedFromItsBeginningToItsEnd) {
  FakeEngine engine;
  PlanBuilder builder;
  builder.add(start("web"));
  std::vector<std::string> told;
  execute(limited(), engine.client(), builder.finish(), {},
          [&](const Event& event) { told.push_back(event.noun + " " + event.name + " " + event.status); });
  EXPECT_THAT(told, ElementsAre("Container web Starting", "Container web Started"));
}

}  // namespace
}  // namespace berth::converge
