#include "swarm/pool/status_text.h"

#include <chrono>

#include "base/strings.h"
#include "base/units.h"

namespace berth::swarm {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Unit {
  std::string_view words;  // after a number, or whole
  seconds size;
};

constexpr Unit kPhrases[] = {
    {"Less than a second", seconds(0)}, {"About a minute", seconds(90)}, {"About an hour", minutes(75)}};
constexpr Unit kUnits[] = {{"second", seconds(1)},   {"minute", minutes(1)},  {"hour", hours(1)},
                           {"day", hours(24)},       {"week", hours(24 * 7)}, {"month", hours(24 * 30)},
                           {"year", hours(24 * 365)}};

// How long the words last, taken at the middle of what they may mean; nothing when they are no duration.
std::optional<nanoseconds> duration_of(std::string_view words) {
  for (const Unit& phrase : kPhrases) {
    if (words == phrase.words) return phrase.size;
  }
  const auto [number_text, unit_text] = cut(words, ' ');
  const auto number = parse_integer(number_text);
  if (!number || !unit_text) return std::nullopt;
  std::string_view unit_name = *unit_text;
  if (unit_name.ends_with('s')) unit_name.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (unit_name != unit.words) continue;
    // Hours are rounded, all else is cut.
    return nanoseconds(unit.size) * *number + (unit.words == "hour" ? nanoseconds() : nanoseconds(unit.size) / 2);
  }
  return std::nullopt;
}

}  // namespace

StatusText::StatusText(std::string_view text, engine::Time now) : before_(text) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  if (text.starts_with("Up ")) {
    begin = 3;
    end = std::min(text.size(), text.find(" ("));
  } else if (text.ends_with(" ago") && text.find(") ") != std::string_view::npos) {
    begin = text.find(") ") + 2;
    end = text.size() - 4;
  } else {
    return;
  }
  const auto duration = duration_of(text.substr(begin, end - begin));
  if (!duration) return;
  moment_ = now - std::chrono::duration_cast<engine::Time::duration>(*duration);
  after_ = text.substr(end);
  before_ = text.substr(0, begin);
}

std::string StatusText::at(engine::Time now) const {
  if (!moment_) return before_;
  return before_ + human_duration(now - *moment_) + after_;
}

}  // namespace berth::swarm
