#include "base/cron.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace berth {
namespace {

std::string next(std::string_view cron, std::string_view after) {
  std::string fault;
  const auto parsed = Cron::parse(cron, &fault);
  if (!parsed) return fault;
  const auto time = parse_time(after);
  const auto found = parsed->next(std::chrono::system_clock::to_time_t(time.value()));
  return found ? format_time(std::chrono::system_clock::from_time_t(*found)) : "never";
}

TEST(Cron, TimesAreThoseOfCrontab) {
  // The 26th of November 2026 is a Thursday.
  constexpr std::string_view kNow = "2026-11-26T14:41:30Z";
  EXPECT_EQ(next("* * * * *", kNow), "2026-11-26T14:42:00Z");
  EXPECT_EQ(next("*/15 * * * *", kNow), "2026-11-26T14:45:00Z");
  EXPECT_EQ(next("41 14 * * *", kNow), "2026-11-27T14:41:00Z");
  EXPECT_EQ(next("30 3 * * *", kNow), "2026-11-27T03:30:00Z");
  EXPECT_EQ(next("0 8-18/5 * * *", kNow), "2026-11-26T18:00:00Z");
  EXPECT_EQ(next("0 9 * * mon-fri", "2026-11-27T10:00:00Z"), "2026-11-30T09:00:00Z");
  EXPECT_EQ(next("0 9 * * SUN", kNow), "2026-11-29T09:00:00Z");
  EXPECT_EQ(next("0 9 * * 7", kNow), "2026-11-29T09:00:00Z");
  EXPECT_EQ(next("5,10 0 1 jan *", kNow), "2027-01-01T00:05:00Z");
  EXPECT_EQ(next("0 0 29 2 *", kNow), "2028-02-29T00:00:00Z");
  EXPECT_EQ(next("0 0 31 * *", kNow), "2026-12-31T00:00:00Z");
  EXPECT_EQ(next("10/20 * * * *", kNow), "2026-11-26T14:50:00Z");
  EXPECT_EQ(next("@daily", kNow), "2026-11-27T00:00:00Z");
  EXPECT_EQ(next("@weekly", kNow), "2026-11-29T00:00:00Z");
  EXPECT_EQ(next("  0   0   1   1   *  ", kNow), "2027-01-01T00:00:00Z");
}

TEST(Cron, OfTwoKindsOfDaysEitherIsEnough) {
  EXPECT_EQ(next("0 0 13 * fri", "2026-11-26T00:00:00Z"), "2026-11-27T00:00:00Z");
  EXPECT_EQ(next("0 0 13 * fri", "2026-12-12T00:00:00Z"), "2026-12-13T00:00:00Z");
  EXPECT_EQ(next("0 0 */2 * fri", "2026-11-27T00:00:00Z"), "2026-12-11T00:00:00Z");  // an odd day and a Friday
}

TEST(Cron, WhatNeverComesIsSaidSo) { EXPECT_EQ(next("0 0 30 2 *", "2026-11-26T00:00:00Z"), "never"); }

TEST(Cron, WhatIsNoScheduleIsRefusedWithTheReason) {
  EXPECT_EQ(next("", ""), "has 0 fields, not five: minute, hour, day of the month, month, day of the week");
  EXPECT_EQ(next("* * * *", ""), "has 4 fields, not five: minute, hour, day of the month, month, day of the week");
  EXPECT_EQ(next("* * * * * *", ""), "has more than five fields");
  EXPECT_EQ(next("60 * * * *", ""), "'60' is no minute (0 to 59)");
  EXPECT_EQ(next("* 24 * * *", ""), "'24' is no hour (0 to 23)");
  EXPECT_EQ(next("* * 0 * *", ""), "'0' is no day of the month (1 to 31)");
  EXPECT_EQ(next("* * * foo *", ""), "'foo' is no month (1 to 12)");
  EXPECT_EQ(next("* * * * 8", ""), "'8' is no day of the week (0 to 7)");
  for (const char* text : {"*/0 * * * *", "5-1 * * * *", "1, * * * *", ",1 * * * *", "1-2-3 * * * *", "- * * * *",
                           "*/ * * * *", "@often", "-1 * * * *", "1/x * * * *"}) {
    EXPECT_FALSE(Cron::parse(text)) << text;
  }
}

}  // namespace
}  // namespace berth
