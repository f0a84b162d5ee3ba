// Any text may name a discovery or a store, or be a file of nodes; what is taken from it is addresses that are read
// again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/sources.h"

using namespace berth;

namespace {

void expect_addresses(const swarm::EngineAddresses& addresses) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (swarm::checked_address(addresses[i].address) != addresses[i].address) std::abort();
    if (i > 0 && addresses[i].address <= addresses[i - 1].address) std::abort();
  }
}

// What is refused is the user's fault, with words.
template <typename Body>
void attempt(Body body) {
  try {
    body();
  } catch (const Error& e) {
    if (e.kind() != Kind::kInvalid && e.kind() != Kind::kUnsupported) std::abort();
    if (e.message().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A few ranges make a hundred thousand addresses: long inputs would only be slow.
  if (size > 256) return 0;
  attempt([&] { expect_addresses(swarm::parse_nodes_file(text, "nodes")); });
  attempt([&] { expect_addresses(swarm::FixedDiscovery(text).list({})); });
  attempt([&] { swarm::discovery_of(text); });
  if (!text.starts_with("sqlite:")) attempt([&] { store::store_of(text); });
  return 0;
}
