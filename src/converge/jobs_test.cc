#include "converge/jobs.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

TEST(Jobs, RunsAreReadFromTheKeepersLog) {
  const auto runs = job_runs(
      "start shop-backup-1: it is time\nrun backup 1795617600 1795617612 3\nrun backup broken\n"
      "skip backup 1795618200: the run before has not ended\nrun mail 1795618800 1795618801 -\n");
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].service, "backup");
  EXPECT_EQ(format_time(runs[0].began), "2026-11-25T14:40:00Z");
  EXPECT_EQ(format_time(runs[0].ended.value()), "2026-11-25T14:40:12Z");
  EXPECT_EQ(runs[0].exit_code, 3);
  EXPECT_TRUE(runs[1].skipped);
  EXPECT_EQ(runs[2].service, "mail");
  EXPECT_EQ(runs[2].exit_code, std::nullopt);
}

TEST(Jobs, SchedulesAreToldInWordsAndTimes) {
  const compose::Project shop = testing::project(R"(
services:
  backup: {image: a, x-berth: {schedule: {cron: '30 3 * * *', overlap: wait}}}
  migrate: {image: a, x-berth: {once: release}}
  web: {image: a}
)");
  const engine::Time now = parse_time("2026-11-26T14:41:00Z").value();
  const auto service = [&](const char* name) -> const compose::Service& { return shop.services.find(name)->second; };
  EXPECT_EQ(schedule_text(service("backup")), "30 3 * * * (UTC)");
  EXPECT_EQ(format_time(next_run(service("backup"), now).value()), "2026-11-27T03:30:00Z");
  EXPECT_EQ(schedule_text(service("migrate")), "once per release");
  EXPECT_EQ(next_run(service("migrate"), now), std::nullopt);
  EXPECT_EQ(schedule_text(service("web")), "");
}

}  // namespace
}  // namespace berth::converge
