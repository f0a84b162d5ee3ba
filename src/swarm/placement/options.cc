#include "swarm/placement/options.h"

#include <array>

#include "base/error.h"
#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

constexpr std::array<std::string_view, 3> kStrategies = {"spread", "binpack", "random"};
// By FilterId. The first seven are classic Swarm's, in its order.
constexpr std::array<std::string_view, 12> kFilters = {"health",      "port",       "containerslots", "dependency",
                                                       "affinity",    "constraint", "whitelist",      "platform",
                                                       "maxreplicas", "network",    "volume",         "imagelocality"};

template <std::size_t N>
[[noreturn]] void refuse(std::string_view what, std::string_view name, const std::array<std::string_view, N>& known) {
  const std::vector<std::string> names(known.begin(), known.end());
  std::string message = std::string(what) + " '" + std::string(name) + "' is not known";
  if (const auto meant = nearest(name, names)) message += ", did you mean '" + *meant + "'?";
  throw Error(Kind::kInvalid, message + " (there are: " + join(names, ", ") + ")");
}

}  // namespace

Strategy parse_strategy(std::string_view name) {
  if (name == "binpacking") return Strategy::kBinpack;  // its first name, which classic Swarm still took
  for (std::size_t i = 0; i < kStrategies.size(); ++i) {
    if (kStrategies[i] == name) return static_cast<Strategy>(i);
  }
  refuse("strategy", name, kStrategies);
}

std::string_view name_of(Strategy strategy) { return kStrategies[static_cast<std::size_t>(strategy)]; }

FilterSet FilterSet::usual() {
  FilterSet all;
  all.bits_ = (1U << kFilters.size()) - 1;
  return all.remove(FilterId::kImageLocality);
}

FilterSet& FilterSet::add(FilterId id) {
  bits_ |= 1U << static_cast<unsigned>(id);
  return *this;
}

FilterSet& FilterSet::remove(FilterId id) {
  bits_ &= ~(1U << static_cast<unsigned>(id));
  return *this;
}

FilterSet parse_filters(const std::vector<std::string>& names) {
  FilterSet filters;
  for (const std::string& name : names) {
    std::size_t i = 0;
    while (i < kFilters.size() && kFilters[i] != name) ++i;
    if (i == kFilters.size()) refuse("filter", name, kFilters);
    filters.add(static_cast<FilterId>(i));
  }
  return filters;
}

std::string_view name_of(FilterId id) { return kFilters[static_cast<std::size_t>(id)]; }

std::vector<std::string_view> names_of(FilterSet filters) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kFilters.size(); ++i) {
    if (filters.has(static_cast<FilterId>(i))) names.push_back(kFilters[i]);
  }
  return names;
}

}  // namespace berth::swarm::placement
