#include "remote/challenge.h"

#include "base/strings.h"

namespace berth::remote {

namespace {

// Takes a value from the front of `rest`: a token, or a quoted string with its escapes.
std::string take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const std::size_t end = rest.find_first_of(", \t");
    value = rest.substr(0, end);
    rest.remove_prefix(value.size());
    return value;
  }
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value += rest[at];
  }
  rest.remove_prefix(at < rest.size() ? at + 1 : at);
  return value;
}

}  // namespace

std::string Challenge::get(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::optional<Challenge> parse_challenge(std::string_view header) {
  header = trim(header);
  const std::size_t blank = header.find_first_of(" \t");
  Challenge challenge{.scheme = to_lower(header.substr(0, blank)), .parameters = {}};
  if (challenge.scheme.empty()) return std::nullopt;
  std::string_view rest = blank == std::string_view::npos ? std::string_view() : header.substr(blank);
  while (true) {
    const std::size_t start = rest.find_first_not_of(", \t");
    if (start == std::string_view::npos) return challenge;
    rest.remove_prefix(start);
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return challenge;
    const std::string name = to_lower(trim(rest.substr(0, equals)));
    rest.remove_prefix(equals + 1);
    challenge.parameters[name] = take_value(rest);
  }
}

}  // namespace berth::remote
