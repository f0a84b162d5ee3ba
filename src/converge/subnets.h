// Ranges of IPv4 addresses, as networks have them.
#pragma once

#include <string_view>

namespace berth::converge {

// Whether two ranges ("10.0.0.0/16") have an address in common; false for what is no IPv4 range.
bool subnets_overlap(std::string_view one, std::string_view other);

}  // namespace berth::converge
