// Nodes that meet a set of conditions, in the order of a strategy: made when a request asks for it, brought up to date
// from the cluster's journal when used again, forgotten when others are used more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "swarm/placement/crowding.h"
#include "swarm/placement/filter.h"
#include "swarm/placement/tournament.h"

namespace berth::swarm::placement {

class View {
 public:
  // Nodes of one branch of the topology and, where the order depends on it, of one size.
  struct Branch {
    std::uint32_t topology_branch = 0;
    Tournament nodes;
  };

  // Conditions that nodes must meet; about() of each is kFacts or kContainers. `topology` may be null.
  View(const Request& request, Conditions conditions, Mode mode, Strategy strategy, const Topology* topology);

  // To be called before the others whenever the state may have changed. O(changes * log nodes).
  void catch_up(ClusterState& state);

  std::size_t size() const { return size_; }
  const std::vector<Branch>& branches() const { return branches_; }
  // The best node of a branch that has room and that `accept(slot)` takes; null when there is none.
  template <typename Accept>
  const Tournament::Entry* best(const Branch& branch, const Need& need, Accept&& accept) const {
    if (branch.nodes.size() == 0) return nullptr;
    const Tournament::Entry& first = branch.nodes.at(places_[branch.nodes.top().slot].position);
    if (first.fits(need) && accept(first.slot)) return &first;
    return branch.nodes.best(need, Key(), accept);
  }
  // The member with this number below size(), in no order that means anything.
  const Tournament::Entry& member(std::size_t number) const;

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffff;
  struct Place {
    std::uint32_t branch = kNowhere;
    std::uint32_t position = 0;
  };

  void rebuild(ClusterState& state);
  void refresh(ClusterState& state, Slot slot, bool facts);
  bool wanted(ClusterState& state, const NodeRecord& node) const;
  std::uint32_t branch_for(const NodeRecord& node);
  Tournament::Entry entry_of(const NodeRecord& node) const;
  void insert(const NodeRecord& node);
  void erase(Slot slot);

  const Request request_;
  const Conditions conditions_;
  const Mode mode_;
  const Strategy strategy_;
  const Topology* const topology_;
  bool about_containers_ = false;  // a condition depends on them

  std::vector<Branch> branches_;
  std::map<std::tuple<std::uint32_t, std::int64_t, std::int64_t>, std::uint32_t> branch_numbers_;
  std::vector<Place> places_;  // by slot
  std::size_t size_ = 0;
  std::uint64_t seen_ = 0;  // of the journal
  std::uint64_t ranks_version_ = ~std::uint64_t{0};
};

// The views there are, by a text that says what they are of.
class Views {
 public:
  static constexpr std::size_t kMost = 64;

  // Null: there is none.
  View* find(std::string_view key);
  View& add(std::string_view key, std::unique_ptr<View> view);
  void clear() { views_.clear(); }

  // Work done for want of the view `key`, in nodes looked at in vain; all of it so far is returned.
  std::size_t regret(std::string_view key, std::size_t nodes);

  // Buffers that one placement leaves to the next.
  struct Scratch {
    Conditions conditions;
    Conditions active;
    Conditions tested;
    std::string key;
    Crowding::Sums sums;
  };
  Scratch scratch;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Entry {
    std::unique_ptr<View> view;
    std::uint64_t used = 0;
  };
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> views_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> regrets_;
  std::uint64_t clock_ = 0;
};

}  // namespace berth::swarm::placement
