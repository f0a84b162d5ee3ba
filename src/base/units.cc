#include "base/units.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/strings.h"

namespace berth {

namespace {

using std::chrono::nanoseconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a leading decimal number off `text`.
std::optional<double> take_number(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) ++length;
  const auto number = parse_number(text.substr(0, length));
  if (number) text.remove_prefix(length);
  return number;
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Unit kUnits[] = {
    {"ns", 1},           {"us", 1'000},          {"µs", 1'000},           {"ms", 1'000'000},           {"s", kSecond},
    {"m", 60 * kSecond}, {"h", 3'600 * kSecond}, {"d", 86'400 * kSecond}, {"w", 7 * 86'400 * kSecond},
};

std::string plural(std::int64_t number, std::string_view unit) {
  return std::to_string(number) + " " + std::string(unit) + (number == 1 ? "" : "s");
}

// Digits of `nanos` below `unit` as a decimal number of that unit without trailing zeros.
std::string fraction(std::int64_t nanos, std::int64_t unit) {
  std::string text = std::to_string(nanos / unit);
  std::int64_t rest = nanos % unit;
  if (rest == 0) return text;
  text += '.';
  while (rest != 0) {
    unit /= 10;
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return text;
}

}  // namespace

std::optional<Bytes> parse_bytes(std::string_view text) {
  text = trim(text);
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  std::string unit = to_lower(trim(text));
  int power = 0;
  if (!unit.empty()) {
    constexpr std::string_view kPowers = "bkmgtp";
    const std::size_t at = kPowers.find(unit[0]);
    if (at == std::string_view::npos) return std::nullopt;
    power = static_cast<int>(at);
    const std::string rest = unit.substr(1);
    if (!rest.empty() && (power == 0 || (rest != "b" && rest != "ib"))) return std::nullopt;
  }
  const double bytes = *number * std::pow(1024.0, power);
  if (!(bytes < 9.2e18)) return std::nullopt;
  return Bytes(static_cast<std::int64_t>(bytes));
}

std::string binary_size(Bytes bytes, std::string_view gap) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto size = static_cast<double>(count(bytes));
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", size);
  return std::string(text).append(gap).append(kUnits[unit]);
}

std::string human_size(Bytes bytes) {
  static constexpr const char* kNames[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto size = static_cast<double>(count(bytes));
  std::size_t unit = 0;
  while (size >= 1000.0 && unit + 1 < std::size(kNames)) {
    size /= 1000.0;
    ++unit;
  }
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.4g%s", size, kNames[unit]);
  if (unit > 0) std::snprintf(buffer, sizeof buffer, "%.3g%s", size, kNames[unit]);
  return buffer;
}

std::optional<nanoseconds> parse_duration(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text == "0") return nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length]) && text[length] != '.') ++length;
    const std::string_view name = text.substr(0, length);
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) return std::nullopt;
    total += *number * static_cast<double>(unit->nanoseconds);
    text.remove_prefix(length);
  }
  if (!(total < 9.2e18)) return std::nullopt;
  const auto nanos = static_cast<std::int64_t>(std::llround(total));
  return nanoseconds(negative ? -nanos : nanos);
}

std::string format_duration(nanoseconds duration) {
  std::int64_t nanos = duration.count();
  if (nanos == 0) return "0s";
  std::string text = nanos < 0 ? "-" : "";
  nanos = std::abs(nanos);
  if (nanos < kSecond) {
    if (nanos < 1'000) return text + fraction(nanos, 1) + "ns";
    if (nanos < 1'000'000) return text + fraction(nanos, 1'000) + "µs";
    return text + fraction(nanos, 1'000'000) + "ms";
  }
  const std::int64_t hours = nanos / (3'600 * kSecond);
  const std::int64_t minutes = nanos / (60 * kSecond) % 60;
  if (hours > 0) text += std::to_string(hours) + "h";
  if (hours > 0 || minutes > 0) text += std::to_string(minutes) + "m";
  return text + fraction(nanos % (60 * kSecond), kSecond) + "s";
}

std::string human_duration(nanoseconds duration) {
  const std::int64_t seconds = duration.count() / kSecond;
  const std::int64_t minutes = seconds / 60;
  const auto hours = static_cast<std::int64_t>(std::llround(static_cast<double>(seconds) / 3'600.0));
  if (seconds < 1) return "Less than a second";
  if (seconds < 60) return plural(seconds, "second");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return plural(minutes, "minute");
  if (hours == 1) return "About an hour";
  if (hours < 48) return plural(hours, "hour");
  if (hours < 24 * 7 * 2) return plural(hours / 24, "day");
  if (hours < 24 * 30 * 2) return plural(hours / 24 / 7, "week");
  if (hours < 24 * 365 * 2) return plural(hours / 24 / 30, "month");
  return plural(hours / 24 / 365, "year");
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t nanos = 0;
  if (*rest == '.') {
    ++rest;
    int digits = 0;
    for (; is_digit(*rest); ++rest) {
      if (++digits <= 9) nanos = nanos * 10 + (*rest - '0');
    }
    for (; digits < 9; ++digits) nanos *= 10;
  }
  std::int64_t offset = 0;
  if (*rest == '+' || *rest == '-') {
    int hours = 0;
    int minutes = 0;
    if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2) return std::nullopt;
    offset = (hours * 3'600 + minutes * 60) * (*rest == '-' ? -1 : 1);
  } else if (*rest != 'Z' || rest[1] != '\0') {
    return std::nullopt;
  }
  const std::int64_t seconds = ::timegm(&parts) - offset;
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds) + nanoseconds(nanos));
}

std::string format_time(std::chrono::system_clock::time_point time) {
  const std::int64_t nanos = std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
  const std::int64_t rest = (nanos % kSecond + kSecond) % kSecond;
  const std::time_t seconds = (nanos - rest) / kSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char buffer[40];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string text = buffer;
  if (rest != 0) text += fraction(rest, kSecond).substr(1);
  return text + "Z";
}

}  // namespace berth
