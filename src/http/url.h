// Percent-encoding and queries (RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::http {

// All but letters, digits and -._~ as %XX: for a path segment or a query's name or value.
std::string percent_encode(std::string_view text);
// Nothing when a % is not followed by two hexadecimal digits. `plus_is_blank` for queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

// A query, built in order: Query().add("all", "1").add("filters", json).on("/containers/json").
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  // Only when the value is not empty.
  Query& add_if(std::string_view name, std::string_view value);
  // "a=1&b=2".
  const std::string& text() const { return text_; }
  // "/path?a=1&b=2", "/path" when empty.
  std::string on(std::string_view path) const;

 private:
  std::string text_;
};

// A request's target, taken apart and decoded.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;

  // The first value of that name; empty when there is none.
  std::string get(std::string_view name) const;
};
// Nothing when malformed or not beginning with '/'.
std::optional<Target> parse_target(std::string_view target);

}  // namespace berth::http
