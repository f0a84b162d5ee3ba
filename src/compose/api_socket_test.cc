#include "compose/api_socket.h"

#include <gtest/gtest.h>

#include "compose/hash.h"
#include "compose/load.h"

namespace berth::compose {
namespace {

Project project(const std::string& text) {
  LoadOptions options;
  options.current_dir = "/app";
  std::vector<yaml::Diagnostic> warnings;
  return load_or_throw(options, MemoryReader({{"/app/compose.yaml", text}}), warnings);
}

TEST(ApiSocket, IsAMountAConfigAndAVariable) {
  Project shop = project("services: {web: {image: a, use_api_socket: true}, db: {image: b}}");
  write_out_api_socket(shop, "/run/d.sock", "{}");
  const Service& web = shop.services.at("web");
  ASSERT_EQ(web.volumes.size(), 1U);
  EXPECT_EQ(web.volumes[0].source, "/run/d.sock");
  EXPECT_EQ(web.volumes[0].target, "/var/run/docker.sock");
  ASSERT_EQ(web.configs.size(), 1U);
  EXPECT_EQ(web.configs[0].target, "/run/secrets/docker/config.json");
  EXPECT_EQ(shop.configs.at(web.configs[0].source).content, "{}");
  EXPECT_EQ(web.environment.at("DOCKER_CONFIG"), "/run/secrets/docker");
  EXPECT_TRUE(shop.services.at("db").volumes.empty());
}

TEST(ApiSocket, AServiceMaySayItselfWhereItsConfigIs) {
  Project shop = project("services: {web: {image: a, use_api_socket: true, environment: {DOCKER_CONFIG: /etc/d}}}");
  write_out_api_socket(shop, "/run/d.sock", "{}");
  EXPECT_EQ(shop.services.at("web").environment.at("DOCKER_CONFIG"), "/etc/d");
}

TEST(ApiSocket, WithoutAServiceThatAsksNothingChanges) {
  Project shop = project("services: {web: {image: a, use_api_socket: false}}");
  EXPECT_FALSE(uses_api_socket(shop));
  const std::string before = service_hash(shop.services.at("web"));
  write_out_api_socket(shop, "/run/d.sock", "{}");
  EXPECT_TRUE(shop.configs.empty());
  EXPECT_EQ(service_hash(shop.services.at("web")), before);
}

}  // namespace
}  // namespace berth::compose
