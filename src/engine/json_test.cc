#include "engine/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/events.h"
#include "engine/images.h"
#include "engine/stats.h"
#include "engine/system.h"
#include "engine/volumes.h"

namespace berth::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// Answers recorded from Debian 12's engine (20.10, API 1.41) and from 28.5 (API 1.51).
class RecordedJson : public testing::TestWithParam<std::string> {
 protected:
  std::string text(const std::string& name) const {
    return read_file(Path(BERTH_SOURCE_DIR) / "test/golden/engine" / GetParam() / (name + ".json"));
  }
  // Decodes, and checks that what is encoded again says the same.
  template <typename T>
  T decoded(const std::string& name) const {
    T value = decode<T>(text(name));
    EXPECT_EQ(decode<T>(encode(value)), value);
    return value;
  }
};

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnsupported);
    return e.message();
  }
  return "not refused";
}

TEST_P(RecordedJson, ContainersAreDecoded) {
  const auto list = decoded<std::vector<ContainerSummary>>("containers");
  ASSERT_EQ(list.size(), 1U);
  const ContainerSummary& summary = list[0];
  EXPECT_THAT(summary.names, ElementsAre("rec"));
  EXPECT_EQ(summary.image, "berth/test:1");
  EXPECT_EQ(summary.state, "running");
  EXPECT_EQ(summary.labels.at("com.example.a"), "b");
  EXPECT_THAT(summary.ports, Contains(Port{"127.0.0.1", 80, 18'081, "tcp"}));
  EXPECT_THAT(summary.networks.at("recnet").ip_address, HasSubstr("10.9.0."));
  EXPECT_TRUE(summary.size_root_fs.has_value());
  ASSERT_EQ(summary.mounts.size(), 1U);
  EXPECT_EQ(summary.mounts[0].name, "recvol");
}

TEST_P(RecordedJson, AnInspectedContainerIsDecoded) {
  const auto container = decoded<ContainerInspect>("container");
  EXPECT_EQ(container.name, "rec");
  EXPECT_EQ(container.state.status, "running");
  EXPECT_TRUE(container.state.started_at.has_value());
  EXPECT_FALSE(container.state.finished_at.has_value());  // the year 1 in the text
  ASSERT_TRUE(container.state.health.has_value());
  EXPECT_EQ(container.state.health->status, "healthy");
  EXPECT_FALSE(container.state.health->log.empty());
  EXPECT_EQ(container.config.healthcheck->interval, std::chrono::milliseconds(500));
  EXPECT_THAT(container.config.env, Contains("A=b"));
  EXPECT_EQ(container.config.cmd, std::vector<std::string>{"idle"});
  EXPECT_FALSE(container.config.entrypoint.has_value());
  EXPECT_EQ(container.host_config.resources.memory, Bytes{64 << 20});
  EXPECT_THAT(container.host_config.resources.ulimits, ElementsAre(Ulimit{"nofile", 1'000, 2'000}));
  EXPECT_EQ(container.host_config.restart_policy, (RestartPolicy{"on-failure", 3}));
  EXPECT_EQ(container.ports.at("80/tcp")[0].host_port, "18081");
  EXPECT_THAT(container.networks.at("recnet").aliases, Contains("web"));
}

TEST_P(RecordedJson, NetworksAndVolumesAreDecoded) {
  EXPECT_GE(decoded<std::vector<Network>>("networks").size(), 4U);
  const auto network = decoded<Network>("network");
  EXPECT_EQ(network.name, "recnet");
  EXPECT_EQ(network.ipam.config[0].subnet, "10.9.0.0/24");
  EXPECT_EQ(network.labels.at("a"), "b");
  EXPECT_EQ(network.containers.size(), 1U);
  EXPECT_EQ(network.containers.begin()->second.name, "rec");
  const auto volumes = decode<VolumeList>(text("volumes"));
  ASSERT_EQ(volumes.volumes.size(), 1U);
  EXPECT_EQ(volumes.volumes[0].name, "recvol");
}

TEST_P(RecordedJson, ImagesAreDecoded) {
  EXPECT_FALSE(decoded<std::vector<ImageSummary>>("images").empty());
  const auto image = decoded<ImageInspect>("image");
  EXPECT_THAT(image.repo_tags, Contains("berth/test:1"));
  EXPECT_EQ(image.layers.size(), 1U);
  EXPECT_EQ(image.config.cmd, std::vector<std::string>{"idle"});
}

TEST_P(RecordedJson, TheEngineItselfIsDecoded) {
  const auto version = decode<Version>(text("version"));
  EXPECT_EQ(version.api_version, GetParam() == "old" ? "1.41" : "1.51");
  const auto info = decode<Info>(text("info"));
  EXPECT_EQ(info.containers_running, 1);
  EXPECT_THAT(info.runtimes, Contains("runc"));
  EXPECT_EQ(decode<Top>(text("top")).processes[0].back(), "/bin/sh /usr/bin/idle");
}

TEST_P(RecordedJson, StatisticsAreDecoded) {
  const Stats stats = decode_stats(text("stats"));
  EXPECT_EQ(stats.name, "rec");
  EXPECT_EQ(stats.memory_limit, 64U << 20);
  EXPECT_GT(stats.memory_usage, 0U);
  EXPECT_GT(stats.cpu.online_cpus, 0U);
  EXPECT_GT(stats.pids, 0U);
  EXPECT_EQ(stats.networks.count("eth0"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Engines, RecordedJson, testing::Values("old", "new"));

TEST(Json, OfAnotherShapeIsAnErrorButMembersOfAnotherTypeAreDefaults) {
  EXPECT_THROW(decode<ContainerInspect>("[]"), Error);
  EXPECT_THROW(decode<std::vector<Network>>("{}"), Error);
  EXPECT_THROW(decode<Network>("{\"Name\":"), Error);
  EXPECT_TRUE(decode<std::vector<Network>>("null").empty());
  const auto odd = decode<ContainerInspect>(
      R"({"Id":7,"State":"x","RestartCount":"many","Created":"yesterday","Config":{"Cmd":null,"Labels":null},"Mounts":[1]})");
  EXPECT_TRUE(odd.id.empty());
  EXPECT_EQ(odd.restart_count, 0);
  EXPECT_FALSE(odd.config.cmd.has_value());
}

TEST(Json, AMemberWhoseDefaultIsNotZeroIsNeverLeftOut) {
  Network network;
  network.enable_ipv4 = false;
  EXPECT_FALSE(decode<Network>(encode(network)).enable_ipv4);
}

TEST(Json, TwoThousandContainersAreDecodedQuickly) {
  const json::value one =
      parse_json(read_file(Path(BERTH_SOURCE_DIR) / "test/golden/engine/new/containers.json")).as_array()[0];
  json::array many(2'000, one);
  const auto list = decode<std::vector<ContainerSummary>>(format_json(many));
  EXPECT_EQ(list.size(), 2'000U);
  EXPECT_EQ(list.back(), list.front());
}

TEST(Json, FiltersAreListsByName) {
  EXPECT_EQ(filters_text({}), "");
  EXPECT_EQ(filters_text({{"label", "a=b"}, {"label", "c"}, {"status", "exited"}}),
            R"({"label":["a=b","c"],"status":["exited"]})");
}

TEST(Json, DefaultsAreLeftOutOfACreateBody) {
  ContainerCreate create;
  create.name = "in the query";
  create.config.image = "redis";
  create.config.cmd.emplace();
  create.config.exposed_ports = {"80/tcp"};
  create.host_config.shm_size = Bytes{64};
  create.networking_config.endpoints_config["front"].aliases = {"web"};
  EXPECT_EQ(container_create_body(create, kNewestApi),
            R"({"ExposedPorts":{"80/tcp":{}},"Cmd":[],"Image":"redis","HostConfig":{"ShmSize":64},)"
            R"("NetworkingConfig":{"EndpointsConfig":{"front":{"Aliases":["web"]}}}})");
}

TEST(Json, AnEndpointsMacAddressIsTheContainersForOldEngines) {
  ContainerCreate create;
  create.networking_config.endpoints_config["front"].mac_address = "02:00:00:00:00:01";
  EXPECT_EQ(container_create_body(create, {1, 44}),
            R"({"NetworkingConfig":{"EndpointsConfig":{"front":{"MacAddress":"02:00:00:00:00:01"}}}})");
  EXPECT_EQ(container_create_body(create, {1, 43}),
            R"({"MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"front":{}}}})");
}

TEST(Json, ABindMountWhoseSourceIsMadeIsABindForOldEngines) {
  ContainerCreate create;
  create.host_config.mounts = {{.type = "bind",
                                .source = "/a",
                                .target = "/b",
                                .read_only = true,
                                .bind_options = BindOptions{.propagation = "rslave", .create_mountpoint = true}}};
  EXPECT_EQ(container_create_body(create, {1, 41}), R"({"HostConfig":{"Binds":["/a:/b:ro,rslave"]}})");
  EXPECT_THAT(container_create_body(create, {1, 42}), HasSubstr(R"("CreateMountpoint":true)"));
  create.host_config.mounts[0].bind_options->selinux = "Z";
  EXPECT_EQ(container_create_body(create, kNewestApi), R"({"HostConfig":{"Binds":["/a:/b:ro,Z,rslave"]}})");
  create.host_config.mounts[0].source = "/with:colon";
  EXPECT_THAT(refusal([&] { container_create_body(create, kNewestApi); }), HasSubstr("'/b'"));
}

TEST(Json, WhatAnOldEngineCannotDoIsRefusedByName) {
  const auto refused = [](auto change, ApiVersion version) {
    ContainerCreate create;
    change(create);
    EXPECT_NO_THROW(container_create_body(create, kNewestApi));
    return refusal([&] { container_create_body(create, version); });
  };
  EXPECT_EQ(
      refused([](auto& c) { c.config.healthcheck = HealthConfig{.start_interval = std::chrono::seconds(1)}; }, {1, 43}),
      "'Healthcheck.StartInterval' needs Docker API 1.44, this engine speaks 1.43");
  EXPECT_THAT(refused([](auto& c) { c.networking_config.endpoints_config = {{"a", {}}, {"b", {}}}; }, {1, 43}),
              HasSubstr("several networks"));
  EXPECT_THAT(refused([](auto& c) { c.networking_config.endpoints_config["a"].gw_priority = 1; }, {1, 47}),
              HasSubstr("[a].GwPriority"));
  EXPECT_THAT(
      refused([](auto& c) { c.host_config.mounts = {{.type = "image", .source = "x", .target = "/x"}}; }, {1, 47}),
      HasSubstr("Mounts[/x].Type: image"));
  EXPECT_THAT(refused([](auto& c) { c.host_config.annotations = {{"a", "b"}}; }, {1, 42}), HasSubstr("Annotations"));
  EXPECT_THAT(refused([](auto& c) { c.platform = "linux/arm64"; }, {1, 40}), HasSubstr("platform"));
}

TEST(Json, ANetworkWithoutIPv4NeedsANewEngine) {
  EXPECT_EQ(network_create_body({.name = "n", .enable_ipv4 = true}, {1, 47}), R"({"Name":"n"})");
  EXPECT_EQ(network_create_body({.name = "n"}, {1, 43}), R"({"Name":"n","CheckDuplicate":true})");
  EXPECT_THAT(refusal([] { network_create_body({.name = "n", .enable_ipv4 = false}, {1, 47}); }),
              HasSubstr("EnableIPv4"));
}

TEST(ApiVersionText, IsTwoNumbers) {
  EXPECT_EQ(ApiVersion::parse("1.41"), (ApiVersion{1, 41}));
  EXPECT_EQ((ApiVersion{1, 9}).text(), "1.9");
  EXPECT_LT((ApiVersion{1, 9}), (ApiVersion{1, 10}));
  for (const char* bad : {"", "1", "1.x", "v1.41", "1.-1"}) EXPECT_FALSE(ApiVersion::parse(bad).has_value()) << bad;
}

}  // namespace
}  // namespace berth::engine
