#include "cli/compose/log_cursor.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace berth::cli {
namespace {

std::string entry(int second, const std::string& text) {
  return "2024-05-01T10:00:0" + std::to_string(second) + ".000000001Z " + text;
}

std::string taken(LogCursor& cursor, const std::string& text) {
  return std::string(cursor.take(text).value_or("(skipped)"));
}

TEST(LogCursor, StampsAreTakenOff) {
  LogCursor cursor;
  EXPECT_EQ(taken(cursor, entry(1, "one\n")), "one\n");
  EXPECT_EQ(cursor.since(), parse_time("2024-05-01T10:00:01.000000001Z"));
}

TEST(LogCursor, StampsAreKeptWhereAskedFor) {
  LogCursor cursor(true);
  EXPECT_EQ(taken(cursor, entry(1, "one\n")), entry(1, "one\n"));
}

TEST(LogCursor, ANewStreamRepeatsNothingAndLosesNothing) {
  LogCursor cursor;
  taken(cursor, entry(1, "a\n"));
  taken(cursor, entry(2, "b\n"));
  taken(cursor, entry(2, "c\n"));
  cursor.reopen();
  EXPECT_EQ(taken(cursor, entry(2, "b\n")), "(skipped)");
  EXPECT_EQ(taken(cursor, entry(2, "c\n")), "(skipped)");
  EXPECT_EQ(taken(cursor, entry(2, "d\n")), "d\n");
  EXPECT_EQ(taken(cursor, entry(3, "e\n")), "e\n");
}

TEST(LogCursor, EntriesOutOfOrderInOneStreamAreAllPrinted) {
  LogCursor cursor;
  EXPECT_EQ(taken(cursor, entry(2, "b\n")), "b\n");
  EXPECT_EQ(taken(cursor, entry(1, "a\n")), "a\n");
  cursor.reopen();
  EXPECT_EQ(taken(cursor, entry(2, "b\n")), "(skipped)");
}

TEST(LogCursor, WhatWasThereBeforeIsPassedOver) {
  LogCursor cursor;
  cursor.skip_past(entry(2, "old\n"));
  EXPECT_EQ(taken(cursor, entry(2, "old\n")), "(skipped)");
  EXPECT_EQ(taken(cursor, entry(2, "older\n")), "(skipped)");
  EXPECT_EQ(taken(cursor, entry(3, "new\n")), "new\n");
}

TEST(LogCursor, ALongLineLosesTheStampsOfItsEntries) {
  const std::string full(16384, 'x');
  LogCursor cursor;
  EXPECT_EQ(taken(cursor, entry(1, full) + entry(2, full) + entry(3, "end\n")), full + full + "end\n");
  EXPECT_EQ(cursor.since(), parse_time("2024-05-01T10:00:03.000000001Z"));
  LogCursor keeping(true);
  EXPECT_EQ(taken(keeping, entry(1, full) + entry(2, "end\n")), entry(1, full) + "end\n");
}

TEST(LogCursor, ATextWithoutStampIsPrinted) {
  LogCursor cursor;
  EXPECT_EQ(taken(cursor, "no stamp\n"), "no stamp\n");
}

TEST(LogLines, PiecesOfTwoStreamsBecomeLines) {
  LogLines lines;
  std::vector<std::string> all;
  const auto collect = [&](std::string_view line) { all.emplace_back(line); };
  lines.add(engine::LogSource::kOut, "one\ntw", collect);
  lines.add(engine::LogSource::kErr, "err\n", collect);
  lines.add(engine::LogSource::kOut, "o\nrest", collect);
  lines.finish(collect);
  EXPECT_EQ(all, (std::vector<std::string>{"one\n", "err\n", "two\n", "rest"}));
}

}  // namespace
}  // namespace berth::cli
