#include "base/strings.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/sources.h"

namespace berth::swarm {

FixedDiscovery::FixedDiscovery(std::string_view text) {
  for (const std::string& part : split(text, ',')) {
    const std::string_view pattern = trim(part);
    if (pattern.empty())
      throw Error(Kind::kInvalid, "the list of nodes '" + std::string(text) + "' has an empty address");
    for (const std::string& address : expand_ranges(pattern)) {
      addresses_.push_back({.address = checked_address(address)});
    }
  }
  addresses_ = sorted(std::move(addresses_));
}

void FixedDiscovery::watch(const Context& context, const OnChange& changed, const OnTrouble&) {
  changed(addresses_);
  try {
    context.wait_any({});
  } catch (const Error&) {
    // The context has ended: that is what was waited for.
  }
}

}  // namespace berth::swarm
