#include "cli/compose/event_text.h"

#include <ctime>

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

engine::StringMap attributes_of(const engine::Event& event) {
  engine::StringMap attributes = event.attributes;
  std::erase_if(attributes, [](const auto& entry) { return entry.first.starts_with("com.docker.compose."); });
  return attributes;
}

std::string local_time(engine::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time - std::chrono::system_clock::from_time_t(seconds));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  const std::string whole(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
  const std::string digits = std::to_string(micros.count());
  return whole + "." + std::string(6 - digits.size(), '0') + digits;
}

}  // namespace

std::string event_text(const engine::Event& event) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : attributes_of(event)) parts.push_back(name + "=" + value);
  return local_time(event.time) + " container " + event.action + " " + event.actor_id + " (" + join(parts, ", ") + ")";
}

std::string event_json(const engine::Event& event) {
  json::object attributes;
  for (const auto& [name, value] : attributes_of(event)) attributes[name] = value;
  return format_json(json::object{
      {"action", event.action},
      {"attributes", std::move(attributes)},
      {"id", event.actor_id},
      {"service", converge::label_of(event.attributes, converge::label::kService)},
      {"time", format_time(event.time)},
      {"type", "container"},
  });
}

}  // namespace berth::cli
