#include "swarm/placement/topology.h"

#include "swarm/placement/attribute.h"

namespace berth::swarm::placement {

void Topology::set_node(Slot slot, const Node& node) {
  Values values;
  for (const std::string& attribute : attributes_) values.emplace_back(attribute_of(node, attribute));
  const std::uint32_t branch = branch_for(values);
  if (slot >= branch_of_.size()) branch_of_.resize(slot + std::size_t{1}, kNowhere);
  if (branch_of_[slot] == branch) return;
  branch_of_[slot] = branch;
  ++version_;
}

void Topology::remove_node(Slot slot) {
  if (branch_of(slot) == kNowhere) return;
  branch_of_[slot] = kNowhere;
  ++version_;
}

std::uint32_t Topology::branch_for(const Values& values) {
  const auto [found, added] = by_values_.try_emplace(values, static_cast<std::uint32_t>(paths_.size()));
  if (!added) return found->second;
  std::vector<std::uint32_t> path;
  for (std::size_t level = 0; level < levels(); ++level) {
    const Values prefix(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(level) + 1);
    const auto number = static_cast<std::uint32_t>(prefixes_[level].size());
    path.push_back(prefixes_[level].try_emplace(prefix, number).first->second);
  }
  paths_.push_back(std::move(path));
  return found->second;
}

}  // namespace berth::swarm::placement
