// Times of a schedule, written as in crontab(5). No other header of ours: the program for engines has it too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

// "minute hour day-of-month month day-of-week", each *, a number, a range 1-5, a step */10 or 8-18/2, or several of
// them with commas; months and days of the week also by their first three letters, Sunday is 0 and 7. Where both days
// are restricted either is enough. Or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. All in UTC.
class Cron {
 public:
  // Nothing when the text is no schedule; `fault` says why, for people.
  static std::optional<Cron> parse(std::string_view text, std::string* fault = nullptr);

  // The first time after `seconds` (since 1970), a whole minute; nothing when there is none in the next eight years, as
  // for the 30th of February.
  std::optional<std::int64_t> next(std::int64_t seconds) const;

 private:
  bool has_day(std::int64_t day) const;  // days since 1970

  std::uint64_t minutes_ = 0;  // bit n: the number n is one of them
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace berth
