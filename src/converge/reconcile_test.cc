#include "converge/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
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
using testing::project;

constexpr std::string_view kWeb = "services: {web: {image: 'app:1', command: serve}}";

std::string up_text(const State& state, std::string_view yaml, const UpOptions& options = {}) {
  return "\n" + text(reconcile(project(yaml), state, options));
}

std::string message_of(const State& state, std::string_view yaml, const UpOptions& options = {}) {
  try {
    reconcile(project(yaml), state, options);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

TEST(Reconcile, AFirstUpMakesNetworksVolumesAndContainersInOrder) {
  EXPECT_EQ(up_text(engine_with({"app:1", "db:1"}), R"(
services:
  web: {image: 'app:1', depends_on: [db]}
  db: {image: 'db:1', volumes: ['data:/data']}
volumes: {data: {}}
)"),
            R"(
#1 create network shop_default
#2 create volume shop_data
#3 create shop-db-1 after #1, #2
#4 create shop-web-1 after #1
#5 start shop-db-1 after #3
#6 start shop-web-1 after #4, #5
)");
}

TEST(Reconcile, ASecondUpDoesNothing) {
  const State state = after_up(engine_with({"app:1"}), kWeb);
  EXPECT_EQ(up_text(state, kWeb), "\n");
}

TEST(Reconcile, ANewImageIsPutInPlaceOnlyWhenItsContainerIsThere) {
  State state = after_up(engine_with({"app:1"}), kWeb);
  state.images["app:1"]->id = engine::ImageId("sha256:new");
  EXPECT_EQ(up_text(state, kWeb), R"(
#1 create shop-web-1 beside the old one (image changed)
#2 stop shop-web-1 after #1
#3 remove shop-web-1 after #2
#4 rename shop-web-1 after #3
#5 start shop-web-1 after #4
)");
}

TEST(Reconcile, AChangedAttributeIsNamedAsTheReason) {
  const State state = after_up(engine_with({"app:1"}), kWeb);
  const Plan plan =
      reconcile(project("services: {web: {image: 'app:1', command: other, environment: {A: b}}}"), state, {});
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, Change::Kind::kRecreate);
  EXPECT_THAT(plan.changes[0].reasons, ::testing::ElementsAre("config changed: command, environment"));
}

TEST(Reconcile, AContainerOfDockerComposeSaysOnlyThatItChanged) {
  State state = after_up(engine_with({"app:1"}), kWeb);
  state.containers[0].labels.erase(label::kFields);
  state.containers[0].labels[label::kConfigHash] = "0";
  EXPECT_THAT(up_text(state, kWeb), HasSubstr("(config changed)"));
}

TEST(Reconcile, TheOldContainerIsNeverTouchedUnderNoRecreate) {
  const State state = after_up(engine_with({"app:1", "app:2"}), kWeb);
  EXPECT_EQ(up_text(state, "services: {web: {image: 'app:2'}}", {.recreate = Recreate::kNever}), "\n");
}

TEST(Reconcile, StoppedContainersAreStartedAgain) {
  State state = after_up(engine_with({"app:1"}), kWeb);
  container(state, "shop-web-1").state = "exited";
  EXPECT_EQ(up_text(state, kWeb), "\n#1 start shop-web-1\n");
}

TEST(Reconcile, ScalingUpTakesTheNextNumbers) {
  const State state = after_up(engine_with({"app:1"}), kWeb);
  EXPECT_EQ(up_text(state, kWeb, {.scale = {{"web", 3}}}), R"(
#1 create shop-web-2
#2 create shop-web-3
#3 start shop-web-2 after #1
#4 start shop-web-3 after #2
)");
}

TEST(Reconcile, ScalingDownRemovesTheHighestNumbers) {
  const State state = after_up(engine_with({"app:1"}), kWeb, {.scale = {{"web", 3}}});
  EXPECT_EQ(up_text(state, kWeb, {.scale = {{"web", 1}}}), R"(
#1 stop shop-web-2
#2 remove shop-web-2 after #1
#3 stop shop-web-3
#4 remove shop-web-3 after #3
)");
}

TEST(Reconcile, ANamedContainerCannotBeScaled) {
  EXPECT_THAT(message_of(engine_with({"app:1"}), "services: {web: {image: 'app:1', container_name: one}}",
                         {.scale = {{"web", 2}}}),
              HasSubstr("remove container_name to scale it"));
}

TEST(Reconcile, HealthAndCompletionAreWaitedForOnceForAllDependents) {
  EXPECT_EQ(up_text(engine_with({"app:1"}), R"(
services:
  db: {image: 'app:1', healthcheck: {test: [CMD, 'true']}}
  job: {image: 'app:1', depends_on: {db: {condition: service_healthy}}}
  web:
    image: app:1
    depends_on: {db: {condition: service_healthy}, job: {condition: service_completed_successfully}}
)"),
            R"(
#1 create network shop_default
#2 create shop-db-1 after #1
#3 create shop-job-1 after #1
#4 create shop-web-1 after #1
#5 start shop-db-1 after #2
#6 wait for shop-db-1 healthy after #5
#7 start shop-job-1 after #3, #6
#8 wait for shop-job-1 completed after #7
#9 start shop-web-1 after #4, #6, #8
)");
}

TEST(Reconcile, AnOptionalDependencyMayFail) {
  EXPECT_EQ(up_text(engine_with({"app:1"}), R"(
services:
  cache: {image: 'app:1'}
  web: {image: 'app:1', depends_on: {cache: {condition: service_started, required: false}}}
)"),
            R"(
#1 create network shop_default
#2 create shop-cache-1 after #1
#3 create shop-web-1 after #1
#4 start shop-cache-1 after #2
#5 start shop-web-1 after #3, the end of #4
)");
}

TEST(Reconcile, WhatIsHealthyAlreadyIsNotWaitedFor) {
  constexpr std::string_view yaml = R"(
services:
  db: {image: 'app:1', healthcheck: {test: [CMD, 'true']}}
  web: {image: 'app:1', depends_on: {db: {condition: service_healthy}}}
)";
  State state = after_up(engine_with({"app:1"}), yaml);
  container(state, "shop-web-1").state = "exited";
  EXPECT_EQ(up_text(state, yaml), "\n#1 start shop-web-1\n");
}

TEST(Reconcile, DependentsThatAskForItAreRestarted) {
  constexpr std::string_view before = R"(
services:
  db: {image: 'app:1'}
  web: {image: 'app:1', depends_on: {db: {condition: service_started, restart: true}}}
)";
  constexpr std::string_view now = R"(
services:
  db: {image: 'app:1', hostname: new}
  web: {image: 'app:1', depends_on: {db: {condition: service_started, restart: true}}}
)";
  const State state = after_up(engine_with({"app:1"}), before);
  EXPECT_EQ(up_text(state, now), R"(
#1 create shop-db-1 beside the old one (config changed: hostname)
#2 stop shop-web-1
#3 stop shop-db-1 after #1, #2
#4 remove shop-db-1 after #3
#5 rename shop-db-1 after #4
#6 start shop-db-1 after #5
#7 start shop-web-1 after #2, #6
)");
}

TEST(Reconcile, AChangedNetworkIsMadeAnewAndItsContainersToo) {
  const State state = after_up(engine_with({"app:1"}), kWeb);
  EXPECT_EQ(up_text(state, R"(
services: {web: {image: 'app:1', command: serve}}
networks: {default: {internal: true}}
)"),
            R"(
#1 stop shop-web-1
#2 disconnect shop-web-1 from shop_default after #1
#3 remove network shop_default after #2 (config changed)
#4 create network shop_default after #3
#5 create shop-web-1 beside the old one after #4 (network 'default' changed)
#6 remove shop-web-1 after #1, #5
#7 rename shop-web-1 after #6
#8 start shop-web-1 after #7
)");
}

constexpr std::string_view kVolumeBefore = R"(
services: {db: {image: 'app:1', volumes: ['data:/data']}}
volumes: {data: {}}
)";
constexpr std::string_view kVolumeNow = R"(
services: {db: {image: 'app:1', volumes: ['data:/data']}}
volumes: {data: {labels: {a: b}}}
)";

TEST(Reconcile, AChangedVolumeIsKeptUnlessItsLossIsAskedFor) {
  const State state = after_up(engine_with({"app:1"}), kVolumeBefore);
  const Plan plan = reconcile(project(kVolumeNow), state, {});
  EXPECT_TRUE(plan.empty());
  EXPECT_THAT(plan.diverged_volumes, ::testing::ElementsAre("shop_data"));
  EXPECT_EQ(up_text(state, kVolumeNow, {.recreate_volumes = true}), R"(
#1 stop shop-db-1
#2 remove shop-db-1 after #1
#3 remove volume shop_data after #2 (config changed)
#4 create volume shop_data after #3
#5 create shop-db-1 after #2, #4 (volume 'data' changed)
#6 start shop-db-1 after #5
)");
}

TEST(Reconcile, AMissingExternalNetworkVolumeAndImageAreToldAtOnce) {
  const std::string message = message_of(engine_with({}), R"(
services: {web: {image: 'app:1', networks: [out], volumes: ['data:/data']}}
networks: {out: {external: true}}
volumes: {data: {external: true}}
)");
  EXPECT_THAT(message, HasSubstr("network 'out' is external, but there is no such network"));
  EXPECT_THAT(message, HasSubstr("volume 'data' is external, but there is no such volume"));
  EXPECT_THAT(message, HasSubstr("image 'app:1' of service 'web' is not on the engine"));
}

TEST(Reconcile, ASharedNamespaceFollowsTheContainerThatHasIt) {
  constexpr std::string_view yaml = R"(
services:
  vpn: {image: 'app:1'}
  web: {image: 'app:1', network_mode: 'service:vpn'}
)";
  State state = after_up(engine_with({"app:1"}), yaml);
  EXPECT_EQ(container(state, "shop-web-1").network_mode, "container:" + container(state, "shop-vpn-1").id.value);
  EXPECT_EQ(up_text(state, yaml), "\n");
  EXPECT_THAT(
      up_text(state, yaml, {.services = {"vpn"}, .recreate = Recreate::kForce}),
      HasSubstr("create shop-web-1 beside the old one after #1 (container 'shop-vpn-1' that it uses is a new one)"));
}

TEST(Reconcile, BeforeApi144FurtherNetworksAreConnectedBeforeTheStart) {
  EXPECT_EQ(up_text(engine_with({"app:1"}, {1, 41}), R"(
services: {web: {image: 'app:1', networks: [a, b]}}
networks: {a: {}, b: {}}
)"),
            R"(
#1 create network shop_a
#2 create network shop_b
#3 create shop-web-1 after #1, #2
#4 connect shop-web-1 to shop_b after #3
#5 start shop-web-1 after #3, #4
)");
}

TEST(Reconcile, SecretsWithContentAreCopiedInBeforeTheStart) {
  const Plan plan = reconcile(project(R"(
services: {web: {image: 'app:1', configs: [{source: greeting, target: /etc/greeting}]}}
configs: {greeting: {content: hello}}
)"),
                              engine_with({"app:1"}), {});
  EXPECT_THAT(text(plan), HasSubstr("copy /etc/greeting into shop-web-1 after #2"));
  EXPECT_THAT(json_text(plan), ::testing::Not(HasSubstr("hello")));
}

TEST(Reconcile, OrphansAreToldOfOrRemoved) {
  const State state = after_up(engine_with({"app:1"}), "services: {old: {image: 'app:1'}, web: {image: 'app:1'}}");
  const Plan plan = reconcile(project("services: {web: {image: 'app:1'}}"), state, {});
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_THAT(plan.warnings[0], HasSubstr("orphan containers (shop-old-1)"));
  EXPECT_EQ(up_text(state, "services: {web: {image: 'app:1'}}", {.remove_orphans = true}), R"(
#1 stop shop-old-1
#2 remove shop-old-1 after #1
)");
}

TEST(Reconcile, APortIsTakenOverOnlyWhenItIsFree) {
  const State state = after_up(engine_with({"app:1"}), "services: {old: {image: 'app:1', ports: ['80:80']}}");
  EXPECT_EQ(up_text(state, "services: {web: {image: 'app:1', ports: ['80:80']}}", {.remove_orphans = true}), R"(
#1 stop shop-old-1
#2 remove shop-old-1 after #1
#3 create shop-web-1
#4 start shop-web-1 after #1, #3
)");
}

TEST(Reconcile, AnonymousVolumesAreTakenOverUnlessTheyAreToBeRenewed) {
  constexpr std::string_view yaml = "services: {db: {image: 'app:1', volumes: [/cache]}}";
  State state = after_up(engine_with({"app:1"}), yaml);
  const std::string volume = container(state, "shop-db-1").mounts.at(0).name;
  State again = after_up(state, yaml, {.recreate = Recreate::kForce});
  EXPECT_EQ(container(again, "shop-db-1").mounts.at(0).name, volume);
  State renewed = after_up(state, yaml, {.recreate = Recreate::kForce, .renew_anonymous_volumes = true});
  EXPECT_NE(container(renewed, "shop-db-1").mounts.at(0).name, volume);
}

TEST(Reconcile, WhatABrokenOffRecreationLeftIsRemovedOrTakenOver) {
  State state = after_up(engine_with({"app:1"}), kWeb);
  state.images["app:1"]->id = engine::ImageId("sha256:new");
  const Plan plan = reconcile(project(kWeb), state, {});
  const State beside = after(state, plan, 1);
  EXPECT_THAT(up_text(beside, kWeb), HasSubstr("remove " + name_of(beside.containers.back())));
  // What is made next goes by the same name until the old one is gone.
  EXPECT_THAT(up_text(beside, "services: {web: {image: 'app:1', hostname: other}}"),
              HasSubstr("\n#2 create shop-web-1 beside the old one after #1 "));
  const State alone = after(state, plan, 3);
  EXPECT_EQ(up_text(alone, kWeb), R"(
#1 rename shop-web-1 (left over)
#2 start shop-web-1 after #1
)");
}

TEST(Reconcile, WaitingAtTheEndIsForWhateverEachServiceIsMeantToBe) {
  EXPECT_THAT(up_text(engine_with({"app:1"}), R"(
services:
  job: {image: 'app:1'}
  web: {image: 'app:1', depends_on: {job: {condition: service_completed_successfully}}}
)",
                      {.wait = true}),
              ::testing::AllOf(HasSubstr("wait for shop-job-1 completed after"),
                               HasSubstr("wait for shop-web-1 running or healthy after")));
}

// Killed anywhere, `up` run again ends where it would have ended.
TEST(Reconcile, AnyPrefixOfAPlanConverges) {
  constexpr std::string_view before = R"(
services:
  db: {image: 'app:1', volumes: ['data:/data', /cache], networks: [back]}
  vpn: {image: 'app:1', networks: [front]}
  side: {image: 'app:1', network_mode: 'service:vpn'}
  web: {image: 'app:1', scale: 3, networks: [front, back], depends_on: {db: {condition: service_healthy, restart: true}}}
  old: {image: 'app:1', networks: [front], ports: ['80:80']}
networks: {front: {}, back: {}}
volumes: {data: {}}
)";
  constexpr std::string_view now = R"(
services:
  db: {image: 'app:1', hostname: new, volumes: ['data:/data', /cache], networks: [back]}
  vpn: {image: 'app:2', networks: [front]}
  side: {image: 'app:1', network_mode: 'service:vpn'}
  web: {image: 'app:1', scale: 2, networks: [front, back], depends_on: {db: {condition: service_healthy, restart: true}}}
  new: {image: 'app:1', networks: [front], ports: ['80:80'], configs: [c]}
networks: {front: {}, back: {internal: true}}
volumes: {data: {labels: {a: b}}}
configs: {c: {content: hello}}
)";
  UpOptions options;
  options.remove_orphans = true;
  options.recreate_volumes = true;
  for (const engine::ApiVersion api : {engine::ApiVersion{1, 41}, engine::kNewestApi}) {
    const State start = after_up(engine_with({"app:1", "app:2"}, api), before);
    const Plan plan = reconcile(project(now), start, options);
    const std::string goal = containers(after(start, plan));
    for (std::size_t count = 0; count <= plan.operations.size(); ++count) {
      SCOPED_TRACE("after " + std::to_string(count) + " of\n" + text(plan));
      const State broken_off = after(start, plan, count);
      const State done = after_up(broken_off, now, options);
      EXPECT_EQ(containers(done), goal);
      EXPECT_EQ(up_text(done, now, options), "\n");
    }
  }
}

}  // namespace
}  // namespace berth::converge
