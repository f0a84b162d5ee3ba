// JSON as far as the engine's lists need it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::agent {

struct Json {
  enum class Type { kNull, kBoolean, kNumber, kText, kArray, kObject };
  Type type = Type::kNull;
  std::string text;  // of a text, without its escapes; of a number or boolean as written
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  // The member's text; empty when there is none.
  std::string_view text_of(std::string_view name) const;
  const Json* find(std::string_view name) const;
};

// False for what is no JSON.
bool parse_json(std::string_view text, Json& value);

}  // namespace berth::agent
