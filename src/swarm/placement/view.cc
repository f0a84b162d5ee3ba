#include "swarm/placement/view.h"

#include <algorithm>
#include <limits>

namespace berth::swarm::placement {
namespace {

constexpr std::size_t kMostRegrets = 1024;

// What conditions read of a request, without what they do not.
Request conditions_part(const Request& request) {
  Request part = request;
  part.body = std::string();
  part.labels.clear();
  return part;
}

}  // namespace

View::View(const Request& request, Conditions conditions, Mode mode, Strategy strategy, const Topology* topology)
    : request_(conditions_part(request)),
      conditions_(std::move(conditions)),
      mode_(mode),
      strategy_(strategy),
      topology_(topology) {
  about_containers_ = std::any_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    return condition.about(request_) == About::kContainers;
  });
}

void View::catch_up(ClusterState& state) {
  if (ranks_version_ != state.ranks_version() || seen_ < state.journal_begin()) {
    rebuild(state);
    return;
  }
  places_.resize(state.slots().size());
  for (; seen_ < state.journal_end(); ++seen_) {
    const std::uint32_t entry = state.journal(seen_);
    refresh(state, entry & ~ClusterState::kFacts, (entry & ClusterState::kFacts) != 0);
  }
}

void View::rebuild(ClusterState& state) {
  branches_.clear();
  branch_numbers_.clear();
  places_.assign(state.slots().size(), Place());
  size_ = 0;
  for (const NodeRecord& node : state.slots()) {
    if (wanted(state, node)) insert(node);
  }
  seen_ = state.journal_end();
  ranks_version_ = state.ranks_version();
}

bool View::wanted(ClusterState& state, const NodeRecord& node) const {
  return node.used && std::all_of(conditions_.begin(), conditions_.end(),
                                  [&](const Condition& condition) { return condition.holds(state, request_, node); });
}

void View::refresh(ClusterState& state, Slot slot, bool facts) {
  const NodeRecord& node = state.at(slot);
  const Place& place = places_[slot];
  const bool member = place.branch != kNowhere;
  // A node that is gone by now may have changed in other ways before.
  if (facts || about_containers_ || !node.used) {
    const bool want = wanted(state, node);
    const bool stays = member && want && (!facts || branch_for(node) == place.branch);
    if (!stays) {
      if (member) erase(slot);
      if (want) insert(node);
      return;
    }
  } else if (!member) {
    return;
  }
  branches_[place.branch].nodes.set(place.position, entry_of(node));
}

std::uint32_t View::branch_for(const NodeRecord& node) {
  const std::uint32_t topology_branch = topology_ == nullptr ? 0 : topology_->branch_of(node.slot);
  const std::int64_t cpus = mode_.cpus ? size_of(node.node.capacity.nano_cpus) : 0;
  const std::int64_t memory = mode_.memory ? size_of(count(node.node.capacity.memory)) : 0;
  const auto number = static_cast<std::uint32_t>(branches_.size());
  const auto [found, added] = branch_numbers_.try_emplace({topology_branch, cpus, memory}, number);
  if (added) branches_.push_back({topology_branch, {}});
  return found->second;
}

Tournament::Entry View::entry_of(const NodeRecord& node) const {
  Tournament::Entry entry;
  entry.key = key_of(node, mode_, strategy_);
  // Only of what counts, so that other changes end early on their way up the tree.
  if (mode_.cpus) entry.free_cpus = node.free_cpus();
  if (mode_.memory) entry.free_memory = node.free_memory();
  entry.free_slots = 1;
  if (node.slots) {
    const std::int64_t free = *node.slots - static_cast<std::int64_t>(node.containers.size());
    entry.free_slots = static_cast<std::uint32_t>(std::clamp<std::int64_t>(free, 0, 1));
  }
  entry.slot = node.slot;
  return entry;
}

void View::insert(const NodeRecord& node) {
  const std::uint32_t branch = branch_for(node);
  Tournament& nodes = branches_[branch].nodes;
  places_[node.slot] = {branch, static_cast<std::uint32_t>(nodes.size())};
  nodes.push_back(entry_of(node));
  ++size_;
}

// The last of the branch takes its place.
void View::erase(Slot slot) {
  Place& place = places_[slot];
  Tournament& nodes = branches_[place.branch].nodes;
  const std::size_t last = nodes.size() - 1;
  if (place.position != last) {
    const Tournament::Entry moved = nodes.at(last);
    nodes.set(place.position, moved);
    places_[moved.slot].position = place.position;
  }
  nodes.pop_back();
  place = Place();
  --size_;
}

const Tournament::Entry& View::member(std::size_t number) const {
  auto branch = branches_.begin();
  while (number >= branch->nodes.size()) {
    number -= branch->nodes.size();
    ++branch;
  }
  return branch->nodes.at(number);
}

View* Views::find(std::string_view key) {
  const auto found = views_.find(key);
  if (found == views_.end()) return nullptr;
  found->second.used = ++clock_;
  return found->second.view.get();
}

View& Views::add(std::string_view key, std::unique_ptr<View> view) {
  if (views_.size() >= kMost) {
    views_.erase(std::min_element(views_.begin(), views_.end(),
                                  [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  Entry& entry = views_[std::string(key)];
  entry = {std::move(view), ++clock_};
  return *entry.view;
}

std::size_t Views::regret(std::string_view key, std::size_t nodes) {
  if (regrets_.size() > kMostRegrets) regrets_.clear();
  return regrets_[std::string(key)] += nodes;
}

}  // namespace berth::swarm::placement
