#include "cli/compose/stats_row.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace berth::cli {
namespace {

engine::ContainerSummary container() {
  engine::ContainerSummary summary;
  summary.id = engine::ContainerId("c743271309e950d540d1821755c4ad3a");
  summary.names = {"shop-web-1"};
  return summary;
}

TEST(StatsRow, ASampleIsShownAsDockerDoes) {
  engine::Stats stats;
  stats.cpu = {.total_usage = 3000, .system_usage = 20000, .online_cpus = 2};
  stats.precpu = {.total_usage = 2000, .system_usage = 10000, .online_cpus = 2};
  stats.memory_usage = 532 * 1024;
  stats.memory_limit = 2ULL << 30;
  stats.networks = {{"eth0", {1010, 126}}, {"eth1", {1000, 0}}};
  stats.block_read = 1500000;
  stats.pids = 2;
  EXPECT_EQ(format_json(stats_row(container(), &stats, true)),
            R"({"BlockIO":"1.5MB / 0B","CPUPerc":"20.00%","Container":"c743271309e950d540d1821755c4ad3a",)"
            R"("ID":"c743271309e9","MemPerc":"0.03%","MemUsage":"532KiB / 2GiB","Name":"shop-web-1",)"
            R"("NetIO":"2.01kB / 126B","PIDs":"2"})");
}

TEST(StatsRow, WithoutASampleThereAreDashes) {
  const json::value row = stats_row(container(), nullptr, false);
  EXPECT_EQ(text_of(row, "CPUPerc"), "--");
  EXPECT_EQ(text_of(row, "ID"), "c743271309e950d540d1821755c4ad3a");
}

}  // namespace
}  // namespace berth::cli
