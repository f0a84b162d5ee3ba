#include "converge/create_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/labels.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::project;
using ::testing::UnorderedElementsAre;

engine::ContainerCreate spec_of(const compose::Project& project, SpecOptions options = {}) {
  options.name = "shop-web-1";
  return create_spec(project, project.services.at("web"), options);
}

// The request for service 'web' with these attributes.
engine::ContainerCreate spec(const std::string& attributes, const std::string& rest = "") {
  return spec_of(project("services:\n  web: {image: 'app:1', " + attributes + "}\n" + rest));
}

TEST(CreateSpec, LabelsAreThoseOfDockerCompose) {
  const compose::Project shop = project(R"(
services:
  web:
    image: app:1
    labels: {a: b}
    depends_on: {db: {condition: service_healthy, restart: true}, cache: {condition: service_started}}
  db: {image: 'db:1'}
  cache: {image: 'db:1'}
)");
  const auto labels = spec_of(shop, {.number = 2, .image = engine::ImageId("sha256:1"), .hash = "h"}).config.labels;
  EXPECT_THAT(labels, UnorderedElementsAre(
                          std::pair("a", "b"), std::pair(label::kProject, "shop"), std::pair(label::kService, "web"),
                          std::pair(label::kVersion, "2.40.3"), std::pair(label::kWorkingDir, "/shop"),
                          std::pair(label::kConfigFiles, "/shop/compose.yaml"), std::pair(label::kOneOff, "False"),
                          std::pair(label::kConfigHash, "h"), std::pair(label::kContainerNumber, "2"),
                          std::pair(label::kImage, "sha256:1"),
                          std::pair(label::kDependsOn, "cache:service_started:false,db:service_healthy:true")));
}

TEST(CreateSpec, CommandAndEntrypointTellEmptyFromAbsent) {
  EXPECT_FALSE(spec("tty: true").config.cmd);
  EXPECT_THAT(*spec("command: []").config.cmd, IsEmpty());
  EXPECT_THAT(*spec("entrypoint: ''").config.entrypoint, IsEmpty());
  EXPECT_THAT(*spec("command: run 'all of it'").config.cmd, ElementsAre("run", "all of it"));
}

TEST(CreateSpec, ProcessAttributes) {
  const auto config =
      spec(
          "hostname: h, domainname: d, user: '1:2', working_dir: /w, stdin_open: true, tty: true, stop_signal: SIGINT, "
          "stop_grace_period: 1m30s, environment: {A: b, C: ''}")
          .config;
  EXPECT_EQ(config.hostname, "h");
  EXPECT_EQ(config.domainname, "d");
  EXPECT_EQ(config.user, "1:2");
  EXPECT_EQ(config.working_dir, "/w");
  EXPECT_TRUE(config.open_stdin && config.tty && config.attach_stdout && !config.attach_stdin);
  EXPECT_EQ(config.stop_signal, "SIGINT");
  EXPECT_EQ(config.stop_timeout, 90);
  EXPECT_THAT(config.env, ElementsAre("A=b", "C="));
}

TEST(CreateSpec, PortsAreExposedAndBound) {
  const auto create = spec("expose: ['9000'], ports: ['80', '127.0.0.1:8443:443/udp', '8000-8001:90-91']");
  EXPECT_THAT(create.config.exposed_ports, UnorderedElementsAre("80/tcp", "443/udp", "90/tcp", "91/tcp", "9000/tcp"));
  const auto& bindings = create.host_config.port_bindings;
  EXPECT_EQ(bindings.at("80/tcp").at(0), engine::PortBinding());
  EXPECT_EQ(bindings.at("443/udp").at(0), (engine::PortBinding{.host_ip = "127.0.0.1", .host_port = "8443"}));
  EXPECT_EQ(bindings.at("91/tcp").at(0).host_port, "8001");
}

TEST(CreateSpec, SimpleVolumesAreBindsAndTheOthersMounts) {
  const auto host = spec(
                        "volumes: ['data:/data:ro', './src:/src:z', /cache, "
                        "{type: bind, source: /etc, target: /e, read_only: true}, "
                        "{type: tmpfs, target: /t, tmpfs: {size: 64m}}, "
                        "{type: volume, source: data, target: /d, volume: {nocopy: true}}]",
                        "volumes: {data: {name: real}}")
                        .host_config;
  EXPECT_THAT(host.binds, UnorderedElementsAre("real:/data:ro", "/shop/src:/src:rw,z"));
  ASSERT_EQ(host.mounts.size(), 4U);
  EXPECT_EQ(host.mounts[0], (engine::Mount{.type = "volume", .target = "/cache"}));
  EXPECT_EQ(host.mounts[1].source, "real");
  EXPECT_TRUE(host.mounts[1].volume_options->no_copy);
  EXPECT_EQ(host.mounts[2].type, "bind");
  EXPECT_TRUE(host.mounts[2].read_only);
  EXPECT_EQ(count(host.mounts[3].tmpfs_options->size), 64 << 20);
}

TEST(CreateSpec, FilesOfSecretsAreMountedReadOnly) {
  const auto host =
      spec("secrets: [key, {source: key, target: other}]", "secrets: {key: {file: ./key.txt}}").host_config;
  ASSERT_EQ(host.mounts.size(), 2U);
  EXPECT_EQ(host.mounts[0].source, "/shop/key.txt");
  EXPECT_EQ(host.mounts[0].target, "/run/secrets/key");
  EXPECT_TRUE(host.mounts[0].read_only);
  EXPECT_EQ(host.mounts[1].target, "/run/secrets/other");
}

TEST(CreateSpec, NetworksAreJoinedByPriorityUnderTheServicesNames) {
  const compose::Project shop = project(R"(
services:
  web:
    image: app:1
    networks: {a: {}, b: {priority: 5, aliases: [www], ipv4_address: 10.0.0.5, mac_address: '02:00:00:00:00:01'}}
networks: {a: {}, b: {name: real}}
)");
  const auto create = spec_of(shop);
  EXPECT_EQ(create.host_config.network_mode, "real");
  const auto& endpoints = create.networking_config.endpoints_config;
  EXPECT_THAT(endpoints.at("real").aliases, ElementsAre("shop-web-1", "web", "www"));
  EXPECT_EQ(endpoints.at("real").ipam_config->ipv4_address, "10.0.0.5");
  EXPECT_EQ(endpoints.at("real").mac_address, "02:00:00:00:00:01");
  EXPECT_TRUE(endpoints.contains("shop_a"));
  const auto old = spec_of(shop, {.api_version = {1, 43}});
  EXPECT_EQ(old.networking_config.endpoints_config.size(), 1U);
  EXPECT_EQ(later_networks(shop, shop.services.at("web"), {.api_version = {1, 43}}).at(0).first, "shop_a");
}

TEST(CreateSpec, NetworkModeLeavesNetworksAlone) {
  const auto create = spec("network_mode: host");
  EXPECT_EQ(create.host_config.network_mode, "host");
  EXPECT_THAT(create.networking_config.endpoints_config, IsEmpty());
}

TEST(CreateSpec, LimitsComeFromDeploy) {
  const auto resources = spec(
                             "mem_reservation: 32m, deploy: {resources: {limits: {cpus: '0.5', memory: 64M, pids: 10}, "
                             "reservations: {memory: 32M}}}")
                             .host_config.resources;
  EXPECT_EQ(count(resources.memory), 64 << 20);
  EXPECT_EQ(count(resources.memory_reservation), 32 << 20);
  EXPECT_EQ(resources.nano_cpus, 500'000'000);
  EXPECT_EQ(resources.pids_limit, 10);
}

TEST(CreateSpec, PlacementIsToldToASwarmByLabels) {
  const auto labels =
      spec(
          "labels: {com.docker.swarm.max-replicas-per-node: '3'}, "
          "deploy: {placement: {constraints: [node.role==worker], preferences: [{spread: node.labels.zone}], "
          "max_replicas_per_node: 2}, resources: {reservations: {cpus: '0.5', memory: 32M}}}")
          .config.labels;
  EXPECT_EQ(labels.at("com.docker.swarm.constraints"), R"(["node.role==worker"])");
  EXPECT_EQ(labels.at("com.docker.swarm.preferences"), R"(["spread=node.labels.zone"])");
  EXPECT_EQ(labels.at("com.docker.swarm.max-replicas-per-node"), "3") << "the service's own labels come first";
  EXPECT_EQ(labels.at("com.docker.swarm.reservation"), R"({"nano_cpus":500000000,"memory":33554432})");
}

TEST(CreateSpec, HostAttributes) {
  const auto host = spec(
                        "restart: 'on-failure:3', cap_add: [NET_ADMIN], cap_drop: [ALL], privileged: true, init: true, "
                        "read_only: true, "
                        "shm_size: 64m, sysctls: {a.b: '1'}, extra_hosts: ['h=10.0.0.1'], dns: [1.1.1.1], tmpfs: "
                        "['/run:size=1m', /tmp], "
                        "ulimits: {nofile: {soft: 1, hard: 2}}, logging: {driver: local, options: {max-size: 1m}}, "
                        "devices: ['/dev/null:/dev/x:r'], pid: host, ipc: host, security_opt: ['no-new-privileges']")
                        .host_config;
  EXPECT_EQ(host.restart_policy, (engine::RestartPolicy{.name = "on-failure", .maximum_retry_count = 3}));
  EXPECT_THAT(host.cap_add, ElementsAre("NET_ADMIN"));
  EXPECT_THAT(host.cap_drop, ElementsAre("ALL"));
  EXPECT_TRUE(host.privileged && host.readonly_rootfs && host.init.value_or(false));
  EXPECT_EQ(count(host.shm_size), 64 << 20);
  EXPECT_EQ(host.sysctls.at("a.b"), "1");
  EXPECT_THAT(host.extra_hosts, ElementsAre("h:10.0.0.1"));
  EXPECT_EQ(host.tmpfs.at("/run"), "size=1m");
  EXPECT_EQ(host.tmpfs.at("/tmp"), "");
  EXPECT_EQ(host.resources.ulimits.at(0), (engine::Ulimit{.name = "nofile", .soft = 1, .hard = 2}));
  EXPECT_EQ(host.log_config.type, "local");
  EXPECT_EQ(host.resources.devices.at(0).path_in_container, "/dev/x");
  EXPECT_EQ(host.pid_mode, "host");
  EXPECT_THAT(host.security_opt, ElementsAre("no-new-privileges"));
}

TEST(CreateSpec, HealthchecksAreTakenOverOrTurnedOff) {
  const auto check = spec("healthcheck: {test: curl x, interval: 2s, timeout: 1s, retries: 3, start_period: 4s}");
  EXPECT_THAT(check.config.healthcheck->test, ElementsAre("CMD-SHELL", "curl x"));
  EXPECT_EQ(check.config.healthcheck->interval, std::chrono::seconds(2));
  EXPECT_EQ(check.config.healthcheck->retries, 3);
  EXPECT_THAT(spec("healthcheck: {disable: true}").config.healthcheck->test, ElementsAre("NONE"));
}

TEST(Refusals, SayWhichEngineWouldDo) {
  const compose::Project shop =
      project("services: {web: {image: 'app:1', healthcheck: {test: x, start_period: 1s, start_interval: 1s}}}");
  EXPECT_THAT(refusals(shop, shop.services.at("web"), engine::kNewestApi), IsEmpty());
  EXPECT_THAT(refusals(shop, shop.services.at("web"), {1, 41}), ElementsAre(HasSubstr("needs Docker Engine 25")));

  const compose::Project other = project(R"(
services:
  web:
    image: app:1
    annotations: {a: b}
    networks: {front: {gw_priority: 1}}
    volumes: [{type: volume, source: data, target: /d, volume: {subpath: s}}]
networks: {front: {}}
volumes: {data: {}}
)");
  EXPECT_THAT(refusals(other, other.services.at("web"), engine::kNewestApi), IsEmpty());
  EXPECT_THAT(refusals(other, other.services.at("web"), {1, 41}),
              ElementsAre(HasSubstr("networks.front.gw_priority needs Docker Engine 28"),
                          HasSubstr("volume.subpath of '/d' needs Docker Engine 26"),
                          HasSubstr("annotations need Docker Engine 24")));
}

TEST(Refusals, ContentCannotBeCopiedIntoAReadOnlyContainer) {
  const compose::Project shop =
      project("services: {web: {image: 'app:1', read_only: true, configs: [c]}}\nconfigs: {c: {content: x}}");
  EXPECT_THAT(refusals(shop, shop.services.at("web"), engine::kNewestApi), ElementsAre(HasSubstr("give it as a file")));
}

}  // namespace
}  // namespace berth::converge
