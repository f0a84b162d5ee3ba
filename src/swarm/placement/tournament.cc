#include "swarm/placement/tournament.h"

#include <algorithm>

namespace berth::swarm::placement {

void Tournament::push_back(const Entry& entry) {
  levels_.front().push_back(entry);
  update_above(size() - 1, false);
}

void Tournament::set(std::size_t position, const Entry& entry) {
  if (levels_.front()[position] == entry) return;
  levels_.front()[position] = entry;
  update_above(position, false);
}

void Tournament::pop_back() {
  levels_.front().pop_back();
  if (size() == 0) {
    levels_.resize(1);
    return;
  }
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    levels_[level].resize((levels_[level - 1].size() + kWidth - 1) / kWidth);
  }
  while (levels_.size() > 1 && levels_[levels_.size() - 2].size() == 1) levels_.pop_back();
  update_above(size() - 1, true);
}

void Tournament::update_above(std::size_t position, bool all) {
  for (std::size_t level = 1; levels_[level - 1].size() > 1; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    const std::vector<Entry>& below = levels_[level - 1];
    position /= kWidth;
    const std::size_t begin = position * kWidth;
    const std::size_t end = std::min(begin + kWidth, below.size());
    Entry sum = below[begin];
    for (std::size_t i = begin + 1; i < end; ++i) {
      const Entry& child = below[i];
      if (child.key < sum.key) {
        sum.key = child.key;
        sum.slot = child.slot;
      }
      sum.free_cpus = std::max(sum.free_cpus, child.free_cpus);
      sum.free_memory = std::max(sum.free_memory, child.free_memory);
      sum.free_slots = std::max(sum.free_slots, child.free_slots);
    }
    if (position == levels_[level].size()) {
      levels_[level].push_back(sum);
    } else if (!all && levels_[level][position] == sum) {
      return;
    } else {
      levels_[level][position] = sum;
    }
  }
}

}  // namespace berth::swarm::placement
