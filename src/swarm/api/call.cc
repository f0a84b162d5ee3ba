#include "swarm/api/call.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::swarm {

bool Call::flag(std::string_view parameter) const {
  const std::string value = to_lower(trim(query(parameter)));
  constexpr std::string_view kFalse[] = {"", "0", "no", "false", "none"};
  return std::find(std::begin(kFalse), std::end(kFalse), value) == std::end(kFalse);
}

// Two shapes: {"label": ["a", "b"]} and, of old clients, {"label": {"a": true}}.
FilterMap Call::filters() const {
  FilterMap filters;
  const std::string text = query("filters");
  if (text.empty()) return filters;
  const json::value value = parse_json(text);
  if (!value.is_object()) throw Error(Kind::kInvalid, "the query parameter 'filters' is no JSON object");
  for (const auto& member : value.get_object()) {
    std::vector<std::string>& values = filters[std::string(member.key())];
    if (member.value().is_array()) {
      for (const json::value& one : member.value().get_array()) {
        if (one.is_string()) values.emplace_back(one.get_string());
      }
    } else if (member.value().is_object()) {
      for (const auto& one : member.value().get_object()) {
        if (one.value().is_bool() && one.value().get_bool()) values.emplace_back(one.key());
      }
    } else {
      throw Error(Kind::kInvalid, "the filter '" + std::string(member.key()) + "' is no list of values");
    }
  }
  return filters;
}

engine::ApiVersion Call::api_version() const { return engine::ApiVersion::parse(version).value_or(engine::kNewestApi); }

void Call::json(int status, std::string_view body) const {
  exchange.respond(context, status, body, {{"Content-Type", "application/json"}});
}

void Call::json(int status, const boost::json::value& body) const { json(status, format_json(body) + "\n"); }

void Call::empty(int status) const { exchange.respond(context, status); }

void Call::refuse(int status, std::string_view message) const {
  json(status, json::object{{"message", json::string(message)}});
}

}  // namespace berth::swarm
