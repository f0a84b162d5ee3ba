// Addresses of engines as text, and ranges of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::swarm {

// Texts that `pattern` stands for: "10.0.0.[10:12]:2375" is three, "n[1:2]:[1:2]375" four. Numbers keep the width of
// the first when it has leading zeros: "n[08:10]". Brackets of IPv6 addresses are no range: "[fd00::1]:2375". Source:
// classic Swarm's discovery; more than one range is ours. Throws kInvalid for a range that ends before it begins, and
// for more than 100,000 texts.
std::vector<std::string> expand_ranges(std::string_view pattern);

// The address in the one form that is compared: "tcp://" dropped, host in lower case. Throws kInvalid unless it is
// "host:port" with a port of 1..65535, "[IPv6]:port", or "unix:///path".
std::string checked_address(std::string_view text);

}  // namespace berth::swarm
