#include "cli/compose/log_time.h"

#include <chrono>
#include <ctime>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"

namespace berth::cli {

namespace {

std::optional<engine::Time> local_time(const std::string& text, const char* format) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), format, &parts);
  if (end == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  const engine::Time whole = std::chrono::system_clock::from_time_t(std::mktime(&parts));
  if (*end == '\0') return whole;
  const auto fraction = *end == '.' ? parse_number("0" + std::string(end)) : std::nullopt;
  if (!fraction) return std::nullopt;
  return whole + std::chrono::nanoseconds(static_cast<std::int64_t>(*fraction * 1e9));
}

}  // namespace

std::optional<engine::Time> parse_log_time(std::string_view text, engine::Time now) {
  if (const auto time = parse_time(text)) return time;
  const std::string copy(text);
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"}) {
    if (const auto time = local_time(copy, format)) return time;
  }
  const auto [seconds, fraction] = cut(text, '.');
  if (const auto whole = parse_integer(seconds)) {
    const auto part = fraction ? parse_number("0." + std::string(*fraction)) : 0;
    if (!part) return std::nullopt;
    return engine::Time(std::chrono::seconds(*whole)) +
           std::chrono::nanoseconds(static_cast<std::int64_t>(*part * 1e9));
  }
  if (const auto duration = parse_duration(text)) return now - *duration;
  return std::nullopt;
}

std::optional<engine::Time> time_flag(const Arguments& arguments, const char* name) {
  const std::string text = arguments.text(name);
  if (text.empty()) return std::nullopt;
  const auto time = parse_log_time(text, system_clock().now());
  if (time) return time;
  throw Error(Kind::kInvalid, std::string("invalid --") + name + " '" + text +
                                  "': must be a time (2024-05-01T10:00:00Z), a number of seconds since 1970 or a "
                                  "duration before now (42m)");
}

}  // namespace berth::cli
