// How far a container's log has been read, so that reading can go on in a new stream without loss or repetition.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace berth::cli {

// Takes log entries that begin with the engine's time stamp ("2024-05-01T10:00:00.123456789Z text\n"). One thread.
class LogCursor {
 public:
  explicit LogCursor(bool keep_stamps = false) : keep_stamps_(keep_stamps) {}

  // What of the entry is to be printed; nothing when it was there before. A text without stamp is the rest of the entry
  // before it.
  std::optional<std::string_view> take(std::string_view entry);

  // The next entries come from a new stream, asked for since().
  void reopen();
  // As reopen(), for a log whose entries up to this one shall not be printed at all.
  void skip_past(std::string_view entry);

  // Time of the last entry; nothing before the first.
  std::optional<engine::Time> since() const;

 private:
  bool keep_stamps_;
  std::string last_;         // stamp of the newest entry; of one width, so that texts compare as times
  std::size_t at_last_ = 0;  // entries with that stamp
  std::string skip_to_;      // entries before it, and this many with it, were there before
  std::size_t skip_left_ = 0;
  bool skipped_ = false;  // the entry before
};

}  // namespace berth::cli
