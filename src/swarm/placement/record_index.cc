#include "swarm/placement/record_index.h"

#include <algorithm>
#include <utility>

namespace berth::swarm::placement {

void RecordIndex::insert(std::size_t hash, ContainerRecord* record) {
  if (2 * (size_ + 1) > entries_.size()) grow();
  std::size_t at = home(hash);
  while (entries_[at].record != nullptr) at = next(at);
  entries_[at] = {hash, record};
  ++size_;
}

void RecordIndex::erase(std::size_t hash, const ContainerRecord* record) {
  std::size_t hole = home(hash);
  while (entries_[hole].record != record) hole = next(hole);
  --size_;
  // What follows moves up where the hole is between its home and itself, so that no search ends at the hole.
  for (std::size_t at = next(hole); entries_[at].record != nullptr; at = next(at)) {
    const std::size_t mask = entries_.size() - 1;
    const std::size_t from_home = (at - home(entries_[at].hash)) & mask;
    if (from_home < ((at - hole) & mask)) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole] = {};
}

void RecordIndex::grow() {
  std::vector<Entry> old = std::exchange(entries_, {});
  entries_.resize(std::max<std::size_t>(16, 2 * old.size()));
  size_ = 0;
  for (const Entry& entry : old) {
    if (entry.record != nullptr) insert(entry.hash, entry.record);
  }
}

}  // namespace berth::swarm::placement
