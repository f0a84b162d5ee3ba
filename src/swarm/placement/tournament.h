// The best of a changing set of nodes that has room: a tree in which each inner node knows the best key and the most
// room below it, eight children wide, in one array a level.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "swarm/placement/ranking.h"

namespace berth::swarm::placement {

class Tournament {
 public:
  struct Entry {
    Key key;
    std::int64_t free_cpus = 0;
    std::int64_t free_memory = 0;
    std::uint32_t free_slots = 0;
    Slot slot = 0;  // of an inner node: of the one with the best key below it

    bool fits(const Need& need) const {
      return (need.cpus == 0 || free_cpus >= need.cpus) && (need.memory == 0 || free_memory >= need.memory) &&
             (!need.slot || free_slots > 0);
    }
    bool operator==(const Entry&) const = default;
  };

  std::size_t size() const { return levels_.front().size(); }
  const Entry& at(std::size_t position) const { return levels_.front()[position]; }

  // The best key of all; not when empty.
  const Entry& top() const { return levels_.back().front(); }

  // O(log size).
  void push_back(const Entry& entry);
  void set(std::size_t position, const Entry& entry);
  void pop_back();

  // The entry with the best key of those that have room, for which `accept(slot)` holds, and which are better than
  // `bound`; null when there is none. `accept` is asked in nearly ascending order of keys, and only of those that could
  // win.
  template <typename Accept>
  const Entry* best(const Need& need, const Key& bound, Accept&& accept) const {
    if (size() == 0) return nullptr;
    const Entry* winner = nullptr;
    Key limit = bound;
    search(levels_.size() - 1, 0, need, limit, winner, accept);
    return winner;
  }

 private:
  static constexpr std::size_t kWidth = 8;

  // Works out anew what is above a leaf: all of it, or up to where nothing changes.
  void update_above(std::size_t position, bool all);

  // Looks below one entry; `limit` becomes the winner's key.
  template <typename Accept>
  void search(std::size_t level, std::size_t position, const Need& need, Key& limit, const Entry*& winner,
              Accept& accept) const {
    const Entry& entry = levels_[level][position];
    if (!(entry.key < limit) || !entry.fits(need)) return;
    if (level == 0) {
      if (!accept(entry.slot)) return;
      winner = &entry;
      limit = entry.key;
      return;
    }
    const std::vector<Entry>& below = levels_[level - 1];
    const std::size_t begin = position * kWidth;
    const std::size_t end = std::min(begin + kWidth, below.size());
    // Best child first. Mostly its best is the answer, and no other is looked at.
    for (unsigned tried = 0;;) {
      const Entry* next = nullptr;
      for (std::size_t i = begin; i < end; ++i) {
        const Entry& child = below[i];
        if ((tried >> (i - begin) & 1) != 0 || !(child.key < limit) || !child.fits(need)) continue;
        if (next == nullptr || child.key < next->key) next = &child;
      }
      if (next == nullptr) return;
      const auto at = static_cast<std::size_t>(next - below.data());
      tried |= 1U << (at - begin);
      search(level - 1, at, need, limit, winner, accept);
      if (limit == next->key) return;
    }
  }

  std::vector<std::vector<Entry>> levels_ = {{}};  // leaves first; the last has one entry, or none
};

}  // namespace berth::swarm::placement
