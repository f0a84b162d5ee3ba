// Nodes as a tree by what a request spreads over: "node.labels.zone", then "node.labels.rack".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "swarm/placement/facts.h"

namespace berth::swarm::placement {

using Slot = std::uint32_t;  // a node's place in ClusterState

// One list of attributes. A branch is one combination of their values that nodes have; a node without a label has the
// value "".
class Topology {
 public:
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  explicit Topology(std::vector<std::string> attributes)
      : attributes_(std::move(attributes)), prefixes_(attributes_.size()) {}

  void set_node(Slot slot, const Node& node);
  void remove_node(Slot slot);

  std::size_t levels() const { return attributes_.size(); }
  std::uint32_t branch_of(Slot slot) const { return slot < branch_of_.size() ? branch_of_[slot] : kNowhere; }
  std::size_t branches() const { return paths_.size(); }
  // For each level the number of the values up to there: branches of one zone have the same first one.
  const std::vector<std::uint32_t>& path(std::uint32_t branch) const { return paths_[branch]; }
  std::size_t prefixes(std::size_t level) const { return prefixes_[level].size(); }
  // Changes when a node changes its branch: counts by branch have to be made anew.
  std::uint64_t version() const { return version_; }

 private:
  using Values = std::vector<std::string>;

  std::uint32_t branch_for(const Values& values);

  Values attributes_;
  std::vector<std::uint32_t> branch_of_;  // by slot
  std::map<Values, std::uint32_t> by_values_;
  std::vector<std::vector<std::uint32_t>> paths_;          // by branch
  std::vector<std::map<Values, std::uint32_t>> prefixes_;  // by level
  std::uint64_t version_ = 1;
};

}  // namespace berth::swarm::placement
