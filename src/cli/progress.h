// How long work is shown while it goes on: live rows on a terminal, plain lines, JSON lines or nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"

namespace berth::cli {

// What has become of one object that is worked on.
struct ProgressRow {
  enum class State { kWorking, kDone, kWarning, kError };

  std::string id;    // "Container web-1", "Network app_default": shown, and what makes a row the same row
  std::string text;  // "Creating", "Started", "Waiting"
  State state = State::kWorking;
  std::string detail;        // "12.3MB/40MB" of a pull; the message of an error
  std::int64_t current = 0;  // bytes, for JSON
  std::int64_t total = 0;
  std::string parent;  // id of the row this is a part of (a layer of an image), for JSON
};

enum class ProgressMode { kAuto, kTty, kPlain, kJson, kQuiet };

// "auto", "tty", "plain", "json", "quiet". Throws kInvalid.
ProgressMode parse_progress_mode(std::string_view text);

// Any thread may call. Everything goes to standard error, as docker compose has it.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void update(const ProgressRow& row) = 0;
  // A line of output below the rows: a build's, a warning. Kept when the live rows are drawn anew.
  virtual void line(std::string_view text) = 0;
  // Draws the last state; nothing may come after. Called by the destructor too.
  virtual void finish() = 0;
};

// kAuto is kTty on a terminal that can move its cursor, else kPlain. `title` heads the live rows: "Running",
// "Building".
std::unique_ptr<Progress> make_progress(ProgressMode mode, Terminal& terminal, std::string title, bool dry_run = false);

// The text of the live rows for a terminal of this size: never more lines than it has, none wider than it is. Pure; the
// live display draws nothing else. Rows that are worked on or failed come before those that are done, where room is
// short.
struct LiveRow {
  ProgressRow row;
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point ended;
};
std::vector<std::string> live_lines(const std::vector<LiveRow>& rows, std::string_view title, Size size,
                                    std::chrono::steady_clock::time_point now, bool colours);

}  // namespace berth::cli
