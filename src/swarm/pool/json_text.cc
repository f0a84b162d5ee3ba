#include "swarm/pool/json_text.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// Past the string that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size()) {
    at = text.find_first_of("\"\\", at);
    if (at == std::string_view::npos) return text.size();
    if (text[at] == '"') return at + 1;
    at += 2;  // with what is escaped
  }
  return text.size();
}

// Past the value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;  // the outer one's: a number or word ended
      --depth;
      ++at;
    } else if (depth == 0) {
      if (c == ',' || is_blank(c)) return at;
      ++at;
      continue;
    } else {
      ++at;
      continue;
    }
    if (depth == 0) return at;
  }
  return at;
}

}  // namespace

std::optional<Span> find_member(std::string_view object, std::string_view name) {
  std::size_t at = skip_blanks(object, 0);
  if (at >= object.size() || object[at] != '{') return std::nullopt;
  ++at;
  for (;;) {
    at = skip_blanks(object, at);
    if (at < object.size() && object[at] == ',') at = skip_blanks(object, at + 1);
    if (at >= object.size() || object[at] != '"') return std::nullopt;
    const std::size_t end_of_name = skip_string(object, at);
    if (end_of_name < at + 2) return std::nullopt;
    const std::string_view found = object.substr(at + 1, end_of_name - at - 2);
    at = skip_blanks(object, end_of_name);
    if (at >= object.size() || object[at] != ':') return std::nullopt;
    at = skip_blanks(object, at + 1);
    const std::size_t end = skip_value(object, at);
    if (found == name) return Span{at, end};
    at = end;
  }
}

std::string_view member_text(std::string_view object, std::string_view name) {
  const auto span = find_member(object, name);
  return span ? object.substr(span->begin, span->size()) : std::string_view();
}

std::string member_string(std::string_view object, std::string_view name) {
  const std::string_view text = member_text(object, name);
  if (!text.starts_with('"')) return {};
  if (text.find('\\') == std::string_view::npos) return std::string(text.substr(1, text.size() - 2));
  const json::value value = parse_json(text);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
  std::string text(object);
  if (const auto span = find_member(object, name)) return text.replace(span->begin, span->size(), value);
  const std::size_t open = skip_blanks(object, 0);
  if (open >= object.size() || object[open] != '{') return text;
  const std::size_t first = skip_blanks(object, open + 1);
  const bool was_empty = first < object.size() && object[first] == '}';
  return text.insert(open + 1, json_string(name) + ":" + std::string(value) + (was_empty ? "" : ","));
}

std::string json_string(std::string_view text) { return format_json(json::value(json::string(text))); }

std::vector<std::string_view> elements_of(std::string_view array) {
  array = trim(array);
  if (array == "null") return {};
  if (array.size() < 2 || array.front() != '[' || array.back() != ']') {
    throw Error(Kind::kInternal, "the answer is not a list");
  }
  std::vector<std::string_view> elements;
  std::size_t at = 1;
  for (;;) {
    at = skip_blanks(array, at);
    if (at < array.size() && array[at] == ',') at = skip_blanks(array, at + 1);
    if (at + 1 >= array.size()) return elements;
    const std::size_t end = skip_value(array, at);
    if (end == at) throw Error(Kind::kInternal, "the answer's list is malformed");
    elements.push_back(array.substr(at, end - at));
    at = end;
  }
}

}  // namespace berth::swarm
