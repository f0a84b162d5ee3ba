#include "cli/progress.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using namespace std::chrono_literals;
using State = ProgressRow::State;

const std::chrono::steady_clock::time_point kBegin{};

LiveRow row(std::string id, std::string text, State state = State::kDone) {
  LiveRow live{{}, kBegin, kBegin + 400ms};
  live.row.id = std::move(id);
  live.row.text = std::move(text);
  live.row.state = state;
  return live;
}

TEST(LiveProgress, ShowsEachObjectWithItsTime) {
  EXPECT_EQ(live_lines({row("Network a_default", "Created"), row("Container a-web-1", "Started")}, "Running", {24, 61},
                       kBegin + 1s, false),
            (std::vector<std::string>{
                "[+] Running 2/2",
                " ✔ Network a_default  Created                           0.4s",
                " ✔ Container a-web-1  Started                           0.4s",
            }));
}

TEST(LiveProgress, NeverHasMoreLinesThanTheTerminalAndKeepsWhatFailedInSight) {
  std::vector<LiveRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(row("Container " + std::to_string(i), "Started"));
  rows.push_back(row("Container bad", "Error", State::kError));
  rows.push_back(row("Container slow", "Starting", State::kWorking));
  const auto lines = live_lines(rows, "Running", {10, 80}, kBegin + 1s, false);
  ASSERT_LT(lines.size(), 10U);
  EXPECT_NE(lines[1].find("Container bad"), std::string::npos);
  EXPECT_NE(lines[2].find("Container slow"), std::string::npos);
  EXPECT_EQ(lines.back(), "   ... and 95 more");
}

TEST(LiveProgress, NeverIsWiderThanTheTerminal) {
  LiveRow wide = row(std::string(200, 'x'), "Error", State::kError);
  wide.row.detail = std::string(300, 'y');
  for (const std::string& line : live_lines({wide}, "Running", {24, 40}, kBegin, true)) {
    EXPECT_LT(display_width(line), 40U) << line;
  }
}

}  // namespace
}  // namespace berth::cli
