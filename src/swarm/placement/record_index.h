// Containers by the hash of a text, such as name or id. An open table of pointers: a look-up touches one or two lines
// of memory, where std::unordered_map touches one for each link of its chain; with hundreds of thousands of containers
// that is most of what a change costs.
#pragma once

#include <cstddef>
#include <vector>

namespace berth::swarm::placement {

struct ContainerRecord;

class RecordIndex {
 public:
  // Several records may have one hash.
  void insert(std::size_t hash, ContainerRecord* record);
  void erase(std::size_t hash, const ContainerRecord* record);  // which is there

  // Calls `visit(record)` for the records with this hash, in no order that means anything. Texts remain to be compared.
  template <typename Visit>
  void each(std::size_t hash, Visit&& visit) const {
    if (entries_.empty()) return;
    for (std::size_t at = home(hash); entries_[at].record != nullptr; at = next(at)) {
      if (entries_[at].hash == hash) visit(*entries_[at].record);
    }
  }

  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::size_t hash = 0;
    ContainerRecord* record = nullptr;  // null: the place is free
  };

  std::size_t home(std::size_t hash) const { return hash & (entries_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (entries_.size() - 1); }
  void grow();

  std::vector<Entry> entries_;  // a power of two, at most half of them taken
  std::size_t size_ = 0;
};

}  // namespace berth::swarm::placement
