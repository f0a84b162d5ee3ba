// GET /events: what happens on all engines.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/strings.h"
#include "swarm/api/handlers.h"
#include "swarm/api/time_parameter.h"

namespace berth::swarm {

namespace {

bool any_value(const std::vector<std::string>& values, auto test) {
  return std::any_of(values.begin(), values.end(), test);
}

// Source: moby, daemon/events/filter.go.
bool passes(const PoolEvent& event, const std::string& name, const std::vector<std::string>& values) {
  const auto attribute = [&](std::string_view key) {
    const auto found = event.attributes.find(key);
    return found == event.attributes.end() ? std::string() : found->second;
  };
  const auto is_actor = [&](std::string_view type) {
    return event.type == type && any_value(values, [&](const std::string& value) {
             return event.actor_id.starts_with(value) || attribute("name") == value;
           });
  };
  if (name == "event") {
    // "health_status" is meant by "health_status: healthy" too.
    return any_value(values, [&](const std::string& value) {
      return event.action == value || std::string_view(event.action).substr(0, event.action.find(':')) == value;
    });
  }
  if (name == "type") return any_value(values, [&](const std::string& value) { return event.type == value; });
  if (name == "scope") {
    return any_value(values,
                     [&](const std::string& value) { return value == (event.type == "node" ? "swarm" : "local"); });
  }
  if (name == "container" || name == "volume" || name == "network" || name == "plugin" || name == "daemon") {
    return is_actor(name);
  }
  if (name == "image") {
    return any_value(values, [&](const std::string& value) {
      const std::string image = event.type == "image" ? event.actor_id : attribute("image");
      return image == value || image.substr(0, image.rfind(':')) == value || attribute("name") == value;
    });
  }
  if (name == "node") {
    return any_value(values, [&](const std::string& value) {
      return attribute("node.name") == value || attribute("node.id") == value;
    });
  }
  if (name == "label") {
    return std::all_of(values.begin(), values.end(), [&](const std::string& value) {
      const auto [key, wanted] = cut(value, '=');
      const auto found = event.attributes.find(key);
      return found != event.attributes.end() && (!wanted || found->second == *wanted);
    });
  }
  throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
}

bool passes(const PoolEvent& event, const FilterMap& filters) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const auto& filter) { return passes(event, filter.first, filter.second); });
}

}  // namespace

void follow_events(Call& call) {
  const engine::Time now = std::chrono::system_clock::now();
  const FilterMap filters = call.filters();
  const auto since = time_parameter(call.query("since"), now);
  const auto until = time_parameter(call.query("until"), now);
  passes(PoolEvent{}, filters);  // refuses unknown filters before the answer begins
  auto [past, following] = call.pool.events().subscribe_with_past();
  call.exchange.start(call.context, {200, "", {{"Content-Type", "application/json"}}});
  const auto tell = [&](const PoolEvent& event) {
    if (passes(event, filters)) call.exchange.write(call.context, event.json + "\n");
  };
  if (since) {
    std::stable_sort(past.begin(), past.end(),
                     [](const PoolEventPtr& a, const PoolEventPtr& b) { return a->time < b->time; });
    for (const PoolEventPtr& event : past) {
      if (event->time >= *since && (!until || event->time <= *until)) tell(*event);
    }
  }
  // With `until` in the past only what was is told.
  Context context = call.context;
  if (until) {
    const auto left = std::chrono::duration_cast<Context::Clock::duration>(*until - now);
    if (left.count() <= 0) return;
    context = context.with_timeout(left);
  }
  try {
    for (;;) {
      const PoolEventPtr event = following.next(context);
      if (until && event->time > *until) return;
      tell(*event);
    }
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout || !until) throw;
  }
}

}  // namespace berth::swarm
