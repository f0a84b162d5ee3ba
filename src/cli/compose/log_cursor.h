// How far a container's log has been read, so that reading can go on in a new stream without loss or repetition.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/streams.h"

namespace berth::cli {

// Takes log lines that begin with the engine's time stamp ("2024-05-01T10:00:00.123456789Z text\n"). The engine cuts a
// line beyond 16 KiB into entries, each with a stamp of its own; they are joined again. One thread.
class LogCursor {
 public:
  explicit LogCursor(bool keep_stamps = false) : keep_stamps_(keep_stamps) {}

  // What of the line is to be printed, valid until the next call; nothing when it was there before. A text without
  // stamp is printed.
  std::optional<std::string_view> take(std::string_view line);

  // The next entries come from a new stream, asked for since().
  void reopen();
  // As reopen(), for a log whose lines up to this one shall not be printed at all.
  void skip_past(std::string_view line);

  // Time of the last entry; nothing before the first.
  std::optional<engine::Time> since() const;

 private:
  void saw(std::string_view stamp);
  std::string_view joined(std::string_view line, std::size_t stamp);

  bool keep_stamps_;
  std::string last_;         // stamp of the newest entry; of one width, so that texts compare as times
  std::size_t at_last_ = 0;  // entries with that stamp
  std::string skip_to_;      // entries before it, and this many with it, were there before
  std::size_t skip_left_ = 0;
  std::string joined_;
};

// Pieces of the two streams of a container to whole lines. A line beyond 1 MiB is given out in parts.
class LogLines {
 public:
  // Calls `take` with each line that the piece ends, line end included.
  void add(engine::LogSource stream, std::string_view piece, const std::function<void(std::string_view)>& take);
  // Calls `take` with what is left of both.
  void finish(const std::function<void(std::string_view)>& take);

 private:
  std::array<std::string, 2> partial_;
};

}  // namespace berth::cli
