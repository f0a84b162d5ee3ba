// Strategies and filters, and their names on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::swarm::placement {

// Which of the nodes that will do is taken. Source: classic Swarm, scheduler/strategy.
enum class Strategy : std::uint8_t {
  kSpread,   // the emptiest: least of what is reserved, of its size, where the request reserves; then fewest containers
  kBinpack,  // the fullest that has room
  kRandom,
};

// "spread", "binpack" (also "binpacking"), "random". Throws kInvalid with the names there are.
Strategy parse_strategy(std::string_view name);
std::string_view name_of(Strategy strategy);

enum class FilterId : std::uint8_t {
  kHealth,
  kPort,
  kContainerSlots,
  kDependency,
  kAffinity,
  kConstraint,
  kWhitelist,
  kPlatform,
  kMaxReplicas,
  kNetwork,
  kVolume,
  kImageLocality,
};

// A set of filters.
class FilterSet {
 public:
  // All but image locality.
  static FilterSet usual();
  static FilterSet none() { return FilterSet(); }

  bool has(FilterId id) const { return (bits_ >> static_cast<unsigned>(id) & 1) != 0; }
  FilterSet& add(FilterId id);
  FilterSet& remove(FilterId id);
  std::uint32_t bits() const { return bits_; }
  bool operator==(const FilterSet&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

// Names as `--filter` takes them: health port containerslots dependency affinity constraint whitelist platform
// maxreplicas network volume imagelocality. Throws kInvalid with the names there are.
FilterSet parse_filters(const std::vector<std::string>& names);
std::string_view name_of(FilterId id);
// In the order in which they apply, which is that of `docker info`.
std::vector<std::string_view> names_of(FilterSet filters);

struct Options {
  Strategy strategy = Strategy::kSpread;
  FilterSet filters = FilterSet::usual();
  // Of the strategy random: the same cluster, request and seed give the same node. Take another one each time.
  std::uint64_t seed = 0;
};

}  // namespace berth::swarm::placement
