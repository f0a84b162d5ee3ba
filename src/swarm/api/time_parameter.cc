#include "swarm/api/time_parameter.h"

#include <chrono>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"

namespace berth::swarm {

std::optional<engine::Time> time_parameter(const std::string& text, engine::Time now) {
  if (text.empty()) return std::nullopt;
  if (const auto [whole, part] = cut(text, '.'); parse_integer(whole)) {
    std::int64_t nanoseconds = 0;
    if (part) {
      std::string digits(*part);
      digits.resize(9, '0');
      nanoseconds = parse_integer(digits).value_or(0);
    }
    const std::chrono::nanoseconds since =
        std::chrono::seconds(*parse_integer(whole)) + std::chrono::nanoseconds(nanoseconds);
    return engine::Time(std::chrono::duration_cast<engine::Time::duration>(since));
  }
  if (const auto time = parse_time(text)) return time;
  if (const auto ago = parse_duration(text)) return now - std::chrono::duration_cast<engine::Time::duration>(*ago);
  throw Error(Kind::kInvalid, "'" + text + "' is no time: give seconds since 1970, RFC 3339 or a duration");
}

}  // namespace berth::swarm
