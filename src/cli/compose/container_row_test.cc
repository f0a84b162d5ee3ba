#include "cli/compose/container_row.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace berth::cli {
namespace {

TEST(PortsText, ExposedOnesComeBeforePublishedOnes) {
  EXPECT_EQ(ports_text({{"0.0.0.0", 80, 8080, "tcp"}, {"::", 80, 8080, "tcp"}, {"", 443, 0, "tcp"}}),
            "443/tcp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
}

TEST(PortsText, ConsecutivePortsAreARange) {
  EXPECT_EQ(ports_text({{"", 81, 0, "tcp"}, {"", 80, 0, "tcp"}, {"", 90, 0, "tcp"}, {"", 80, 0, "udp"}}),
            "80-81/tcp, 90/tcp, 80/udp");
  EXPECT_EQ(ports_text({{"127.0.0.1", 80, 80, "tcp"}, {"127.0.0.1", 81, 81, "tcp"}}), "127.0.0.1:80-81->80-81/tcp");
}

TEST(ContainerStatus, HealthAndExitCodeAreReadFromTheEnginesText) {
  EXPECT_EQ(health_of_status("Up 2 hours (healthy)"), "healthy");
  EXPECT_EQ(health_of_status("Up 2 hours (unhealthy)"), "unhealthy");
  EXPECT_EQ(health_of_status("Up 1 second (health: starting)"), "starting");
  EXPECT_EQ(health_of_status("Up 2 hours (Paused)"), "");
  EXPECT_EQ(exit_code_of_status("Exited (137) 2 seconds ago"), 137);
  EXPECT_EQ(exit_code_of_status("Up 2 hours"), 0);
}

engine::ContainerSummary container() {
  engine::ContainerSummary summary;
  summary.id = engine::ContainerId("e5e3aea7db1fe2afe7b70f40b499add0fb29a90ca54166ac4f356cd34742fc3c");
  summary.names = {"shop-web-1"};
  summary.image = "berth/test:1";
  summary.command = "sh -c 'i=0; while [ $i -lt 5 ]; do \"x\"; done'";
  summary.labels = {{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}, {"tier", "a,b"}};
  summary.state = "exited";
  summary.status = "Exited (3) 2 seconds ago";
  summary.mounts = {{.type = "volume", .name = "shop_data", .driver = "local"},
                    {.type = "bind", .source = "/a/long/folder/name"}};
  return summary;
}

TEST(ContainerRow, HasTheFieldsOfDockerCompose) {
  const json::value row = container_row(container(), true, container().created + std::chrono::seconds(3));
  EXPECT_EQ(text_of(row, "Command"), "\"sh -c 'i=0; while […\"");
  EXPECT_EQ(text_of(row, "ID"), "e5e3aea7db1f");
  EXPECT_EQ(integer_of(row, "ExitCode"), 3);
  EXPECT_EQ(text_of(row, "Mounts"), "shop_data,/a/long/folder…");
  EXPECT_EQ(text_of(row, "LocalVolumes"), "1");
  EXPECT_EQ(text_of(row, "RunningFor"), "3 seconds ago");
  EXPECT_EQ(text_of(row, "Labels"), "com.docker.compose.project=shop,com.docker.compose.service=web,tier=a,b");
}

TEST(ContainerRow, TextsAreWholeWithoutTruncation) {
  const json::value row = container_row(container(), false, container().created);
  EXPECT_EQ(text_of(row, "Command"), "\"sh -c 'i=0; while [ $i -lt 5 ]; do \\\"x\\\"; done'\"");
  EXPECT_EQ(text_of(row, "ID").size(), 64U);
}

TEST(ContainerRow, ATemplateReadsLabels) {
  const auto options = container_template_options({container()});
  const json::value row = container_row(container(), true, container().created);
  EXPECT_EQ(format_rows("table {{.Label \"com.x.tier\"}}\\t{{.Label \"tier\"}}", {row}, container_headers(), options),
            "tier      tier\n          a,b\n");
}

}  // namespace
}  // namespace berth::cli
