#include "base/cron.h"

#include <array>
#include <chrono>

namespace berth {

namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

struct Field {
  std::string_view name;
  unsigned first;
  unsigned last;
  std::string_view names;  // three letters each, from `first` on
};
constexpr std::array<Field, 5> kFields = {{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
}};

struct Alias {
  std::string_view name;
  std::string_view text;
};
constexpr std::array<Alias, 7> kAliases = {{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

// The text up to `separator`, which is taken off `text` with it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

std::optional<unsigned> number_of(std::string_view text) {
  if (text.empty() || text.size() > 2) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

std::optional<unsigned> value_of(std::string_view text, const Field& field) {
  if (text.size() == 3) {
    for (std::size_t i = 0; i + 3 <= field.names.size(); i += 3) {
      bool same = true;
      for (std::size_t k = 0; k < 3; ++k) same = same && static_cast<char>(text[k] | 0x20) == field.names[i + k];
      if (same) return field.first + static_cast<unsigned>(i / 3);
    }
  }
  const auto number = number_of(text);
  if (!number || *number < field.first || *number > field.last) return std::nullopt;
  return number;
}

// Bits of one part of a field's list: "*", "5", "1-5", "*/10", "8-18/2".
std::optional<std::uint64_t> bits_of(std::string_view part, const Field& field) {
  const bool has_step = part.find('/') != std::string_view::npos;
  std::string_view range = take(part, '/');
  const auto step = has_step ? number_of(part) : std::optional<unsigned>(1);
  if (!step || *step == 0) return std::nullopt;
  unsigned first = field.first;
  unsigned last = field.last;
  if (range != "*") {
    const bool has_end = range.find('-') != std::string_view::npos;
    const auto begin = value_of(take(range, '-'), field);
    const auto end = has_end ? value_of(range, field) : begin;
    if (!begin || !end || *end < *begin) return std::nullopt;
    first = *begin;
    last = has_step && !has_end ? field.last : *end;
  }
  std::uint64_t bits = 0;
  for (unsigned value = first; value <= last; value += *step) bits |= std::uint64_t{1} << value;
  return bits;
}

bool has(std::uint64_t bits, unsigned value) { return (bits >> value & 1U) != 0; }

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text, std::string* fault) {
  for (const Alias& alias : kAliases) {
    if (text == alias.name) text = alias.text;
  }
  const auto refuse = [&](std::string why) -> std::optional<Cron> {
    if (fault != nullptr) *fault = std::move(why);
    return std::nullopt;
  };
  Cron cron;
  const std::array<std::uint64_t*, 5> sets = {&cron.minutes_, &cron.hours_, &cron.days_, &cron.months_,
                                              &cron.weekdays_};
  std::size_t count = 0;
  while (!text.empty()) {
    std::string_view words = take(text, ' ');
    if (words.empty()) continue;
    if (count == kFields.size()) return refuse("has more than five fields");
    const Field& field = kFields[count];
    if (words.front() == '*' && count == 2) cron.any_day_ = true;
    if (words.front() == '*' && count == 4) cron.any_weekday_ = true;
    const std::string_view whole = words;
    while (!words.empty()) {
      const bool ends_in_comma = words.back() == ',';
      const auto bits = bits_of(take(words, ','), field);
      if (!bits || ends_in_comma) {
        return refuse("'" + std::string(whole) + "' is no " + std::string(field.name) + " (" +
                      std::to_string(field.first) + " to " + std::to_string(field.last) + ")");
      }
      *sets[count] |= *bits;
    }
    ++count;
  }
  if (count != kFields.size()) {
    return refuse("has " + std::to_string(count) +
                  " fields, not five: minute, hour, day of the month, month, day of the week");
  }
  if (has(cron.weekdays_, 7)) cron.weekdays_ |= 1U;
  return cron;
}

bool Cron::has_day(std::int64_t day) const {
  const std::chrono::sys_days days{std::chrono::days(day)};
  const std::chrono::year_month_day date{days};
  if (!has(months_, static_cast<unsigned>(date.month()))) return false;
  const bool of_month = has(days_, static_cast<unsigned>(date.day()));
  const bool of_week = has(weekdays_, std::chrono::weekday(days).c_encoding());
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

std::optional<std::int64_t> Cron::next(std::int64_t seconds) const {
  constexpr std::int64_t kYears = 8 * 366;
  std::int64_t minute = seconds / kMinute + 1;  // of all minutes since 1970
  const std::int64_t first_day = minute * kMinute / kDay;
  for (std::int64_t day = first_day; day <= first_day + kYears; ++day) {
    if (!has_day(day)) continue;
    const std::int64_t begin = day == first_day ? minute - day * (kDay / kMinute) : 0;
    for (std::int64_t m = begin; m < kDay / kMinute; ++m) {
      if (has(hours_, static_cast<unsigned>(m / 60)) && has(minutes_, static_cast<unsigned>(m % 60))) {
        return day * kDay + m * kMinute;
      }
    }
  }
  return std::nullopt;
}

}  // namespace berth
