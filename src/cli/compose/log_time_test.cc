#include "cli/compose/log_time.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/units.h"

namespace berth::cli {
namespace {

std::string parsed(std::string_view text) {
  ::setenv("TZ", "UTC", 1);
  const auto time = parse_log_time(text, *parse_time("2024-05-01T10:00:00Z"));
  return time ? format_time(*time) : "none";
}

TEST(LogTime, WholeTimesKeepTheirZone) {
  EXPECT_EQ(parsed("2013-01-02T13:23:37Z"), "2013-01-02T13:23:37Z");
  EXPECT_EQ(parsed("2013-01-02T13:23:37.5+01:00"), "2013-01-02T12:23:37.5Z");
}

TEST(LogTime, TheEndMayBeLeftOut) {
  EXPECT_EQ(parsed("2013-01-02T13:23:37"), "2013-01-02T13:23:37Z");
  EXPECT_EQ(parsed("2013-01-02T13:23"), "2013-01-02T13:23:00Z");
  EXPECT_EQ(parsed("2013-01-02"), "2013-01-02T00:00:00Z");
  EXPECT_EQ(parsed("2013-01-02T13:23:37.25"), "2013-01-02T13:23:37.25Z");
}

TEST(LogTime, SecondsAndDurations) {
  EXPECT_EQ(parsed("1136073600.5"), "2006-01-01T00:00:00.5Z");
  EXPECT_EQ(parsed("1136073600"), "2006-01-01T00:00:00Z");
  EXPECT_EQ(parsed("42m"), "2024-05-01T09:18:00Z");
  EXPECT_EQ(parsed("1h30m"), "2024-05-01T08:30:00Z");
}

TEST(LogTime, AnythingElseIsNone) {
  EXPECT_EQ(parsed("yesterday"), "none");
  EXPECT_EQ(parsed("2013-01-02T13:23x"), "none");
  EXPECT_EQ(parsed("1.x"), "none");
}

}  // namespace
}  // namespace berth::cli
