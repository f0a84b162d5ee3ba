// What a registry asks for with 401. Sources: RFC 9110 11.6.1; distribution's token authentication.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace berth::remote {

struct Challenge {
  std::string scheme;                             // lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters;  // "realm", "service", "scope"; names in lower case

  std::string get(const std::string& name) const;
};

// Of a WWW-Authenticate header's value; nothing when it names no scheme.
std::optional<Challenge> parse_challenge(std::string_view header);

}  // namespace berth::remote
