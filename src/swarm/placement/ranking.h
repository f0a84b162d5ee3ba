// The order in which a strategy takes nodes.
//
// The score of a node is what is reserved of it, of those resources that the request reserves too, as a share of its
// size, and where that is equal its number of containers. It does not depend on how much the request reserves: that
// adds the same share on all nodes of one size. So an index can keep the nodes of one size in order for all requests,
// and only the best of each size have to be compared.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>

#include "swarm/placement/options.h"
#include "swarm/placement/state.h"

namespace berth::swarm::placement {

// Which resources count.
struct Mode {
  bool cpus = false;
  bool memory = false;
  bool any() const { return cpus || memory; }
};

// What of cpus and memory has to be free.
struct Need {
  std::int64_t cpus = 0;
  std::int64_t memory = 0;
  bool slot = false;  // one by the label containerslots
  Mode mode() const { return {cpus > 0, memory > 0}; }
};

// Capacities that differ by less than a twentieth mostly count as one size: hosts of one kind report a little more or
// less memory. The five highest bits are kept.
inline std::int64_t size_of(std::int64_t capacity) {
  if (capacity <= 0) return 0;
  const auto width = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(capacity)));
  const int low = std::max(0, width - 5);
  return capacity >> low << low;
}

// Amount as a share of a size, in units of 2^-30; no more than 64 wholes, so that four of them and the number of
// containers fit into a score.
inline std::uint64_t share_of(std::int64_t amount, std::int64_t size) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 36;
  if (amount <= 0) return 0;
  if (size <= 0) return kMost;
  const double share = static_cast<double>(amount) / static_cast<double>(size) * (1 << 30);
  return share >= static_cast<double>(kMost) ? kMost : static_cast<std::uint64_t>(share);
}

// Lower is better. Ranks of nodes differ, so no two are equal.
struct Key {
  std::uint64_t score = ~std::uint64_t{0};
  std::uint64_t rank = ~std::uint64_t{0};
  auto operator<=>(const Key&) const = default;
};

inline constexpr int kContainerBits = 24;

inline std::uint64_t shares_of(Mode mode, std::int64_t cpus, std::int64_t memory, const Node& node) {
  std::uint64_t shares = 0;
  if (mode.cpus) shares += share_of(cpus, size_of(node.capacity.nano_cpus));
  if (mode.memory) shares += share_of(memory, size_of(count(node.capacity.memory)));
  return shares;
}

// Key of a node, not counting what the request adds.
inline Key key_of(const NodeRecord& record, Mode mode, Strategy strategy) {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << kContainerBits) - 1;
  const std::uint64_t shares = shares_of(mode, record.reserved_cpus, record.reserved_memory, record.node);
  const std::uint64_t score = shares << kContainerBits | std::min<std::uint64_t>(record.containers.size(), kMost);
  return {strategy == Strategy::kBinpack ? ~score : score, record.rank};
}

// With the share that the request adds on a node of this size.
inline Key with_need(Key key, const Need& need, const Node& node, Strategy strategy) {
  const std::uint64_t added = shares_of(need.mode(), need.cpus, need.memory, node) << kContainerBits;
  key.score = strategy == Strategy::kBinpack ? key.score - added : key.score + added;
  return key;
}

}  // namespace berth::swarm::placement
