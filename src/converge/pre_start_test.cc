#include "converge/pre_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/images.h"
#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using testing::container;
using testing::containers;
using testing::creation_of;
using ::testing::ElementsAre;
using testing::engine_with;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::project;
using testing::with;

constexpr std::string_view kPrepared = R"(
services:
  web:
    image: app:1
    network_mode: none
    depends_on: [db]
    pre_start: [{command: migrate}, {command: seed}]
  db: {image: 'app:1', network_mode: none}
)";

constexpr std::string_view kScaled = R"(
services:
  web:
    image: app:1
    network_mode: none
    scale: 2
    pre_start: [{command: own, per_replica: true}, {command: shared}]
)";

State engine() { return engine_with({"app:1", "app:2", "tool:1"}); }
std::string lines(const Plan& plan) { return "\n" + text(plan); }

TEST(PreStart, HooksRunOneAfterTheOtherAfterTheDependenciesAndBeforeTheStart) {
  EXPECT_EQ(lines(reconcile(project(kPrepared), engine())), R"(
#1 create shop-db-1
#2 create shop-web-1
#3 start shop-db-1 after #1
#4 create shop-web-pre_start-0 after #2, #3
#5 run hook shop-web-pre_start-0: migrate after #4
#6 remove shop-web-pre_start-0 after #5
#7 create shop-web-pre_start-1 after #2, #3, #5
#8 run hook shop-web-pre_start-1: seed after #7
#9 remove shop-web-pre_start-1 after #8
#10 start shop-web-1 after #2, #3, #5, #8
)");
}

TEST(PreStart, NothingRunsAgainWhereTheServiceHasBeenStarted) {
  State state = after_up(engine(), kPrepared);
  EXPECT_EQ(containers(state), "shop-db-1 running, shop-web-1 running");
  EXPECT_EQ(text(reconcile(project(kPrepared), state)), "");
  state = after(state, plan_stop(project(kPrepared), state));
  EXPECT_THAT(text(reconcile(project(kPrepared), state)), Not(HasSubstr("hook")));
  EXPECT_THAT(text(plan_start(project(kPrepared), state)), Not(HasSubstr("hook")));
}

TEST(PreStart, HooksRunAgainForContainersThatAreMadeAnew) {
  const State state = after_up(engine(), kPrepared);
  EXPECT_THAT(text(reconcile(project(with(kPrepared, "seed", "seed more")), state)), HasSubstr("hook"));
  EXPECT_THAT(text(reconcile(project(kPrepared), state, {.recreate = Recreate::kForce})), HasSubstr("hook"));
}

TEST(PreStart, WhatWasOnlyCreatedIsPreparedWhenItIsStarted) {
  State state = engine();
  state = after(state, reconcile(project(kPrepared), state, {.start = false}));
  EXPECT_EQ(lines(plan_start(project(kPrepared), state, {.services = {"web"}})), R"(
#1 create shop-web-pre_start-0
#2 run hook shop-web-pre_start-0: migrate after #1
#3 remove shop-web-pre_start-0 after #2
#4 create shop-web-pre_start-1 after #2
#5 run hook shop-web-pre_start-1: seed after #4
#6 remove shop-web-pre_start-1 after #5
#7 start shop-web-1 after #2, #5
)");
}

TEST(PreStart, AnotherReplicaGetsOnlyWhatIsForEach) {
  EXPECT_EQ(lines(reconcile(project(kScaled), engine())), R"(
#1 create shop-web-1
#2 create shop-web-2
#3 create shop-web-1-pre_start-0 after #1
#4 run hook shop-web-1-pre_start-0: own after #3
#5 remove shop-web-1-pre_start-0 after #4
#6 create shop-web-2-pre_start-0 after #2
#7 run hook shop-web-2-pre_start-0: own after #6
#8 remove shop-web-2-pre_start-0 after #7
#9 create shop-web-pre_start-1 after #1, #4
#10 run hook shop-web-pre_start-1: shared after #9
#11 remove shop-web-pre_start-1 after #10
#12 start shop-web-1 after #1, #4, #10
#13 start shop-web-2 after #2, #7, #10
)");
  const State state = after_up(engine(), kScaled);
  const std::string more = text(reconcile(project(kScaled), state, {.scale = {{"web", 3}}}));
  EXPECT_THAT(more, HasSubstr("run hook shop-web-3-pre_start-0: own"));
  EXPECT_THAT(more, Not(HasSubstr("shared")));
}

TEST(PreStart, TheContainerOfAHookHasWhatItsServiceHasButCannotBeTakenForIt) {
  const Plan plan = reconcile(project(R"(
services:
  web:
    image: app:1
    entrypoint: [serve]
    user: app
    ports: ['80:80']
    restart: always
    healthcheck: {test: [CMD, probe]}
    working_dir: /srv
    environment: {A: '1', B: '2'}
    volumes: ['data:/data']
    networks: {default: {ipv4_address: 10.0.0.9, aliases: [www]}}
    pre_start:
      - {command: [migrate], environment: {B: '3'}}
      - {image: 'tool:1', user: root, privileged: true, working_dir: /w}
volumes: {data: {}}
)"),
                              engine());
  const engine::ContainerCreate& own = creation_of(plan, "shop-web-pre_start-0").request;
  EXPECT_EQ(own.config.image + " " + own.config.user + " " + own.config.working_dir, "app:1 app /srv");
  EXPECT_THAT(own.config.entrypoint.value(), ElementsAre("serve"));
  EXPECT_THAT(own.config.cmd.value(), ElementsAre("migrate"));
  EXPECT_THAT(own.config.env, ElementsAre("A=1", "B=3"));
  EXPECT_TRUE(own.host_config.port_bindings.empty());
  EXPECT_EQ(own.host_config.restart_policy.name, "");
  EXPECT_THAT(own.config.healthcheck.value().test, ElementsAre("NONE"));
  EXPECT_EQ(own.config.labels.at(label::kOneOff) + " " + own.config.labels.at(label::kHook), "True pre_start");
  const engine::EndpointSettings& endpoint = own.networking_config.endpoints_config.at("shop_default");
  EXPECT_THAT(endpoint.aliases, Not(::testing::Contains("web")));
  EXPECT_THAT(endpoint.aliases, Not(::testing::Contains("www")));
  EXPECT_EQ(endpoint.ipam_config ? endpoint.ipam_config->ipv4_address : "", "");

  const engine::ContainerCreate& other = creation_of(plan, "shop-web-pre_start-1").request;
  EXPECT_EQ(other.config.image + " " + other.config.user + " " + other.config.working_dir, "tool:1 root /w");
  EXPECT_FALSE(other.config.entrypoint.has_value());
  EXPECT_FALSE(other.config.cmd.has_value());
  EXPECT_TRUE(other.host_config.privileged);
}

TEST(PreStart, VolumesAreThoseOfTheFirstContainerThatIsToStart) {
  const Plan plan = reconcile(project(kPrepared), engine());
  const CreateContainer& create = creation_of(plan, "shop-web-pre_start-0");
  ASSERT_EQ(create.references.size(), 1U);
  EXPECT_EQ(create.references[0].container.name, "shop-web-1");
  const auto request = bind_references(create, [](const ContainerRef&) { return engine::ContainerId("abc"); });
  EXPECT_THAT(request.host_config.volumes_from, ElementsAre("abc"));
}

TEST(PreStart, WhatAHookThatFailedHasLeftIsClearedAwayByTheNextRunAndByDown) {
  State state = engine();
  const Plan plan = reconcile(project(kPrepared), state);
  state = after(state, plan, 4);
  EXPECT_EQ(containers(state), "shop-db-1 running, shop-web-1 created, shop-web-pre_start-0 created");
  container(state, "shop-web-pre_start-0").state = "exited";
  const Plan next = reconcile(project(kPrepared), state);
  EXPECT_THAT(text(next), HasSubstr("remove shop-web-pre_start-0 (left over)"));
  EXPECT_THAT(next.warnings, ElementsAre());
  EXPECT_EQ(containers(after(state, next)), "shop-db-1 running, shop-web-1 running");
  EXPECT_EQ(containers(after(state, plan_down(project(kPrepared), state))), "");
}

TEST(PreStart, AnUpdateRunsThemWhileTheOldOneStillRuns) {
  const std::string update = with(with(kPrepared, "{command: seed}", ""), "    pre_start",
                                  "    deploy: {update_config: {order: stop-first, monitor: 1s}}\n    pre_start");
  const State state = after_up(engine(), update);
  EXPECT_THAT(lines(reconcile(project(with(update, "app:1", "app:2")), state)), HasSubstr(R"(
#1 create shop-web-1 beside the old one (config changed: image; image changed)
#2 create shop-web-pre_start-0 after #1
#3 run hook shop-web-pre_start-0: migrate after #2
#4 remove shop-web-pre_start-0 after #3
#5 stop shop-web-1 after #1, #3
)"));
}

TEST(PreStart, AnImageOfItsOwnIsPulled) {
  const std::string own = with(kPrepared, "{command: seed}", "{image: 'tool:1'}");
  EXPECT_THAT(text(plan_images(project(own), engine_with({"app:1"}), {}, {})), HasSubstr("pull tool:1"));
  EXPECT_EQ(text(plan_images(project(own), engine(), {}, {})), "");
  EXPECT_THAT(text(plan_pull(project(own), engine(), {})), HasSubstr("pull tool:1"));
}

TEST(PreStart, HooksGetWhatModelsGiveTheirService) {
  const Plan plan = reconcile(project(R"(
services: {web: {image: 'app:1', network_mode: none, models: [llm], pre_start: [{command: warm up}]}}
models: {llm: {model: ai/x}}
)"),
                              engine());
  const CreateContainer& create = creation_of(plan, "shop-web-pre_start-0");
  ASSERT_EQ(create.variables.size(), 1U);
  EXPECT_EQ(create.variables[0].name, "LLM_URL");
}

TEST(PreStart, AJobWithAScheduleRunsNone) {
  EXPECT_THROW(
      project("services: {job: {image: 'app:1', x-berth: {schedule: '* * * * *'}, pre_start: [{command: x}]}}"), Error);
}

}  // namespace
}  // namespace berth::converge
