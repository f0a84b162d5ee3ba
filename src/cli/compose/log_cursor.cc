#include "cli/compose/log_cursor.h"

#include <limits>

#include "base/units.h"

namespace berth::cli {

namespace {

// Length of the stamp that `entry` begins with, 0 when there is none. The engine writes nine digits of nanoseconds and
// UTC, always.
std::size_t stamp_size(std::string_view entry) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000000Z ";
  if (entry.size() < kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == '0' ? entry[i] >= '0' && entry[i] <= '9' : entry[i] == kShape[i];
    if (!fits) return 0;
  }
  return kShape.size() - 1;
}

}  // namespace

std::optional<std::string_view> LogCursor::take(std::string_view entry) {
  const std::size_t size = stamp_size(entry);
  if (size == 0) return skipped_ ? std::nullopt : std::optional(entry);
  const std::string_view stamp = entry.substr(0, size);
  skipped_ = stamp < skip_to_ || (stamp == skip_to_ && skip_left_ > 0);
  if (skipped_) {
    if (stamp == skip_to_) --skip_left_;
    return std::nullopt;
  }
  // The two streams of a container may be stamped a little out of order; the newest stamp counts.
  if (stamp == last_) {
    ++at_last_;
  } else if (stamp > last_) {
    last_ = stamp;
    at_last_ = 1;
  }
  return keep_stamps_ ? entry : entry.substr(size + 1);
}

void LogCursor::reopen() {
  skip_to_ = last_;
  skip_left_ = at_last_;
  skipped_ = false;
}

void LogCursor::skip_past(std::string_view entry) {
  last_ = entry.substr(0, stamp_size(entry));
  at_last_ = std::numeric_limits<std::size_t>::max() / 2;
  reopen();
}

std::optional<engine::Time> LogCursor::since() const { return last_.empty() ? std::nullopt : parse_time(last_); }

}  // namespace berth::cli
