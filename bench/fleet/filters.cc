#include "filters.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::fleet {

namespace {

bool among(std::string_view name, std::string_view names) {
  const std::vector<std::string> all = split(names, ' ');
  return std::find(all.begin(), all.end(), name) != all.end();
}

std::vector<std::string> values_of(const json::value& member) {
  std::vector<std::string> values;
  if (member.is_array()) {
    for (const json::value& value : member.get_array()) {
      if (!value.is_string()) throw Error(Kind::kInvalid, "invalid filter");
      values.emplace_back(value.get_string());
    }
  } else if (member.is_object()) {
    for (const auto& value : member.get_object()) values.emplace_back(value.key());
  } else {
    throw Error(Kind::kInvalid, "invalid filter");
  }
  return values;
}

bool matches_part(std::string_view pattern, std::string_view value) {
  const bool at_begin = pattern.starts_with('^');
  if (at_begin) pattern.remove_prefix(1);
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  const bool at_end = pattern.ends_with('$');
  if (at_end) pattern.remove_suffix(1);
  if (at_begin && at_end) return value == pattern;
  if (at_begin) return value.starts_with(pattern);
  if (at_end) return value.ends_with(pattern);
  return value.find(pattern) != std::string_view::npos;
}

}  // namespace

Filters::Filters(std::string_view text, std::string_view known, std::string_view missing) {
  if (text.empty()) return;
  json::value parsed;
  try {
    parsed = parse_json(text);
  } catch (const Error&) {
    throw Error(Kind::kInvalid, "invalid filter");
  }
  if (!parsed.is_object()) throw Error(Kind::kInvalid, "invalid filter");
  for (const auto& member : parsed.get_object()) {
    const std::string name(member.key());
    if (among(name, missing)) throw Error(Kind::kUnsupported, "the fleet does not simulate the filter '" + name + "'");
    if (!among(name, known)) throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
    std::vector<std::string> values = values_of(member.value());
    if (!values.empty()) values_[name] = std::move(values);
  }
}

const std::vector<std::string>& Filters::of(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

bool Filters::exact(std::string_view name, std::string_view value) const {
  const auto& values = of(name);
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

bool Filters::begins(std::string_view name, std::string_view value) const {
  const auto& values = of(name);
  return values.empty() ||
         std::any_of(values.begin(), values.end(), [&](const auto& wanted) { return value.starts_with(wanted); });
}

bool Filters::part(std::string_view name, std::string_view value) const {
  const auto& values = of(name);
  return values.empty() ||
         std::any_of(values.begin(), values.end(), [&](const auto& wanted) { return matches_part(wanted, value); });
}

bool Filters::labels(std::string_view name, const Labels& labels) const {
  const auto& values = of(name);
  return std::all_of(values.begin(), values.end(), [&](const std::string& wanted) {
    const auto [key, value] = cut(wanted, '=');
    return std::any_of(labels.begin(), labels.end(), [&, key = key, value = value](const auto& label) {
      return label.first == key && (!value || label.second == *value);
    });
  });
}

}  // namespace berth::fleet
