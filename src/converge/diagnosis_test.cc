#include "converge/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "converge/subnets.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using testing::container;
using ::testing::ElementsAre;
using testing::engine_with;
using ::testing::IsEmpty;
using testing::project;

constexpr std::string_view kShop = R"(
services:
  db: {image: 'db:1', healthcheck: {test: [CMD, 'true']}}
  web: {image: 'app:1', ports: ['8080:80'], depends_on: {db: {condition: service_healthy}}}
)";

class Diagnosis : public ::testing::Test {
 protected:
  Diagnosis() { evidence.state = after_up(engine_with({"db:1", "app:1"}), kShop); }

  engine::ContainerInspect& detail(const std::string& name) {
    return evidence.details[container(evidence.state, name).id];
  }

  // The container is in that state as a list shows it.
  void set(const std::string& name, const std::string& state, const std::string& status) {
    container(evidence.state, name).state = state;
    container(evidence.state, name).status = status;
    detail(name).state.status = state;
  }

  std::vector<std::string> told(std::string_view yaml = kShop) {
    std::vector<std::string> texts;
    for (const Finding& finding : diagnose(project(yaml), evidence))
      texts.push_back(finding.kind + ": " + finding.message);
    return texts;
  }

  Evidence evidence;
};

TEST_F(Diagnosis, NothingIsWrongWithWhatRuns) {
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(in_doubt(project(kShop), evidence.state), IsEmpty());
}

TEST_F(Diagnosis, WhatIsUnhealthyIsToldWithItsLastProbe) {
  set("shop-db-1", "running", "Up 1 minute (unhealthy)");
  detail("shop-db-1").state.health =
      engine::Health{.status = "unhealthy", .log = {{.exit_code = 1, .output = "disk is full\n"}}};
  set("shop-web-1", "created", "Created");
  EXPECT_THAT(told(),
              ElementsAre("unhealthy: container 'shop-db-1' is unhealthy; its last probe ended with 1: disk is full",
                          "waiting: container 'shop-web-1' waits for service 'db' to be healthy"));
}

TEST_F(Diagnosis, WhoHasThePortIsNamed) {
  set("shop-web-1", "created", "Created");
  detail("shop-web-1").state.error = "port is already allocated";
  engine::ContainerSummary other;
  other.names = {"blog-web-1"};
  other.labels[label::kProject] = "blog";
  other.ports = {{.private_port = 80, .public_port = 8080, .type = "tcp"}};
  evidence.others = {other};
  EXPECT_THAT(told(),
              ElementsAre("port-in-use: container 'shop-web-1' can't have port 8080/tcp, as container 'blog-web-1' of "
                          "project 'blog' has it"));
  evidence.others.clear();
  evidence.listener = [](std::uint16_t port, const std::string&) { return port == 8080 ? "nginx (process 7)" : ""; };
  EXPECT_THAT(told(),
              ElementsAre("port-in-use: container 'shop-web-1' can't have port 8080/tcp, as nginx (process 7) has it"));
  evidence.listener = nullptr;
  EXPECT_THAT(told(),
              ElementsAre("not-started: container 'shop-web-1' could not be started: port is already allocated"));
}

TEST_F(Diagnosis, WhatHasEndedIsToldWithItsCodeAndLastLines) {
  set("shop-web-1", "exited", "Exited (127) 1 second ago");
  detail("shop-web-1").state.exit_code = 127;
  evidence.last_lines[container(evidence.state, "shop-web-1").id] = {"sh: serve: not found"};
  const auto findings = diagnose(project(kShop), evidence);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].message, "container 'shop-web-1' exited with 127: its command was not found");
  EXPECT_THAT(findings[0].lines, ElementsAre("sh: serve: not found"));
  detail("shop-web-1").state.oom_killed = true;
  detail("shop-web-1").host_config.resources.memory = Bytes(64'000'000);
  EXPECT_THAT(
      told(),
      ElementsAre("out-of-memory: container 'shop-web-1' was killed as it used more memory than it may (64MB)"));
  detail("shop-web-1").state.oom_killed = false;
  set("shop-web-1", "exited", "Exited (0) 1 second ago");
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Diagnosis, AHookThatKeptAServiceFromItsStartIsNamed) {
  constexpr std::string_view kPrepared = "services: {web: {image: 'app:1', pre_start: [{command: migrate}]}}";
  evidence.state = engine_with({"app:1"});
  evidence.state = after(evidence.state, reconcile(project(kPrepared), evidence.state), 3);
  set("shop-web-pre_start-0", "exited", "Exited (3) 1 second ago");
  detail("shop-web-pre_start-0").state.exit_code = 3;
  set("shop-web-1", "created", "Created");
  EXPECT_THAT(told(kPrepared),
              ElementsAre("hook-failed: container 'shop-web-1' was not started, as its pre_start hook in container "
                          "'shop-web-pre_start-0' ended with 3"));
}

TEST_F(Diagnosis, MissingImagesAndContainersAreTold) {
  std::erase_if(evidence.state.containers, [](const auto&) { return true; });
  evidence.state.images["app:1"] = std::nullopt;
  EXPECT_THAT(told(), ElementsAre("not-created: service 'db' has no container",
                                  "image-missing: image 'app:1' of service 'web' is not on the engine"));
}

TEST_F(Diagnosis, NetworksAndVolumesInTheWayAreTold) {
  engine::Network theirs;
  theirs.name = "lan";
  theirs.ipam.config = {{.subnet = "10.1.0.0/16"}};
  evidence.engine_networks = {theirs};
  evidence.state.volumes.push_back({.name = "shop_data", .labels = {{label::kProject, "blog"}}});
  const std::string yaml = std::string(kShop) + R"(
networks:
  back: {ipam: {config: [{subnet: 10.1.2.0/24}]}}
  front: {external: true, name: gateway}
volumes: {data: {}}
)";
  EXPECT_THAT(told(yaml),
              ElementsAre("network: network 'shop_back' can't be made, as its subnet 10.1.2.0/24 overlaps with "
                          "10.1.0.0/16 of network 'lan'",
                          "network: network 'gateway' is external and not on the engine",
                          "volume: volume 'shop_data' belongs to project 'blog'"));
}

TEST(Subnets, OverlapWhereTheyShareAnAddress) {
  EXPECT_TRUE(subnets_overlap("10.0.0.0/8", "10.9.8.0/24"));
  EXPECT_TRUE(subnets_overlap("0.0.0.0/0", "10.9.8.0/24"));
  EXPECT_FALSE(subnets_overlap("10.0.0.0/16", "10.1.0.0/16"));
  EXPECT_FALSE(subnets_overlap("fd00::/8", "10.0.0.0/8"));
  EXPECT_FALSE(subnets_overlap("10.0.0.0", "10.0.0.0/8"));
}

}  // namespace
}  // namespace berth::converge
