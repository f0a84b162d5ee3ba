#include "cli/compose/log_cursor.h"

#include <algorithm>
#include <limits>

#include "base/units.h"

namespace berth::cli {

namespace {

constexpr std::size_t kEntry = std::size_t{16} << 10;
constexpr std::size_t kLongestLine = std::size_t{1} << 20;

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

std::optional<std::string_view> LogCursor::take(std::string_view line) {
  const std::size_t size = stamp_size(line);
  if (size == 0) return line;
  const std::string_view stamp = line.substr(0, size);
  if (stamp < skip_to_) return std::nullopt;
  if (stamp == skip_to_ && skip_left_ > 0) {
    --skip_left_;
    return std::nullopt;
  }
  saw(stamp);
  if (line.size() > size + 1 + kEntry) return joined(line, size);
  return keep_stamps_ ? line : line.substr(size + 1);
}

// The two streams of a container may be stamped a little out of order; the newest stamp counts.
void LogCursor::saw(std::string_view stamp) {
  if (stamp == last_) {
    ++at_last_;
  } else if (stamp > last_) {
    last_ = stamp;
    at_last_ = 1;
  }
}

std::string_view LogCursor::joined(std::string_view line, std::size_t stamp) {
  const std::size_t head = stamp + 1;
  joined_ = line.substr(keep_stamps_ ? 0 : head, kEntry + (keep_stamps_ ? head : 0));
  for (std::string_view rest = line.substr(head + kEntry); !rest.empty();) {
    const std::size_t size = stamp_size(rest);
    if (size == 0) {
      joined_ += rest;
      break;
    }
    last_ = std::max<std::string_view>(last_, rest.substr(0, size));
    rest.remove_prefix(size + 1);
    joined_ += rest.substr(0, kEntry);
    rest.remove_prefix(std::min(kEntry, rest.size()));
  }
  return joined_;
}

void LogCursor::reopen() {
  skip_to_ = last_;
  skip_left_ = at_last_;
}

void LogCursor::skip_past(std::string_view line) {
  last_ = line.substr(0, stamp_size(line));
  at_last_ = std::numeric_limits<std::size_t>::max() / 2;
  reopen();
}

std::optional<engine::Time> LogCursor::since() const { return last_.empty() ? std::nullopt : parse_time(last_); }

void LogLines::add(engine::LogSource stream, std::string_view piece,
                   const std::function<void(std::string_view)>& take) {
  std::string& partial = partial_[stream == engine::LogSource::kErr ? 1 : 0];
  for (std::size_t end; (end = piece.find('\n')) != std::string_view::npos; piece.remove_prefix(end + 1)) {
    if (partial.empty()) {
      take(piece.substr(0, end + 1));
      continue;
    }
    partial += piece.substr(0, end + 1);
    take(partial);
    partial.clear();
  }
  partial += piece;
  if (partial.size() < kLongestLine) return;
  take(partial);
  partial.clear();
}

void LogLines::finish(const std::function<void(std::string_view)>& take) {
  for (std::string& partial : partial_) {
    if (!partial.empty()) take(partial);
    partial.clear();
  }
}

}  // namespace berth::cli
