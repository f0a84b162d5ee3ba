#include "swarm/placement/scheduler.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "swarm/placement/crowding.h"
#include "swarm/placement/refusal.h"
#include "swarm/placement/view.h"

namespace berth::swarm::placement {
namespace {

// How many times a random node is tried before all are looked at.
constexpr std::size_t kRandomTries = 32;

std::uint64_t mixed(std::uint64_t value) {  // splitmix64
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

class Search {
 public:
  Search(ClusterState& state, const Request& request, const Options& options)
      : state_(state),
        request_(request),
        options_(options),
        scratch_(state.views().scratch),
        crowding_(state, request, scratch_.sums) {
    need_.cpus = request.reservation.nano_cpus;
    need_.memory = count(request.reservation.memory);
    need_.slot = options.filters.has(FilterId::kContainerSlots);
    collect_conditions(request, options.filters, scratch_.conditions);
  }

  Placement run() {
    std::vector<std::string> given_up;
    scratch_.active = scratch_.conditions;
    std::optional<Slot> slot = find();
    if (!slot && any_soft()) slot = find_giving_up(given_up);
    if (!slot) return refuse(state_, request_, scratch_.conditions);
    const NodeRecord& node = state_.at(*slot);
    return Decision{&node.node, std::move(given_up), options_.strategy, node.containers.size()};
  }

 private:
  bool any_soft() const {
    return std::any_of(scratch_.conditions.begin(), scratch_.conditions.end(),
                       [&](const Condition& condition) { return condition.soft(request_); });
  }

  // Takes the soft conditions in one by one, as long as there is a node.
  std::optional<Slot> find_giving_up(std::vector<std::string>& given_up) {
    Conditions& active = scratch_.active;
    active.clear();
    for (const Condition& condition : scratch_.conditions) {
      if (!condition.soft(request_)) active.push_back(condition);
    }
    std::optional<Slot> slot = find();
    if (!slot) return std::nullopt;
    for (const Condition& condition : scratch_.conditions) {
      if (!condition.soft(request_)) continue;
      active.push_back(condition);
      if (const auto better = find()) {
        slot = better;
        continue;
      }
      active.pop_back();
      condition.describe(request_, given_up.emplace_back());
    }
    return slot;
  }

  // The node for scratch_.active.
  std::optional<Slot> find() {
    std::optional<std::vector<Slot>> few;
    for (const Condition& condition : scratch_.active) {
      auto only = condition.filter->only(state_, request_, condition.index);
      if (only && (!few || only->size() < few->size())) few = std::move(only);
    }
    if (few) return scan(std::move(*few));
    View& view = choose_view();
    view.catch_up(state_);
    return options_.strategy == Strategy::kRandom ? find_random(view) : find_best(view);
  }

  bool all_hold(const Conditions& conditions, Slot slot) const {
    const NodeRecord& node = state_.at(slot);
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return condition.holds(state_, request_, node); });
  }

  // The best of these nodes.
  std::optional<Slot> scan(std::vector<Slot> slots) const {
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    std::erase_if(slots, [&](Slot slot) { return !all_hold(scratch_.active, slot); });
    return best_of(slots);
  }

  std::optional<Slot> best_of(const std::vector<Slot>& slots) const {
    std::vector<Slot> least_crowded;
    for (const Slot slot : slots) {
      const int order = least_crowded.empty()
                            ? 0
                            : crowding_.compare(crowding_.branch_of(slot), crowding_.branch_of(least_crowded[0]));
      if (order < 0) least_crowded.clear();
      if (order <= 0) least_crowded.push_back(slot);
    }
    if (least_crowded.empty()) return std::nullopt;
    if (options_.strategy == Strategy::kRandom) return least_crowded[mixed(options_.seed) % least_crowded.size()];
    return *std::min_element(least_crowded.begin(), least_crowded.end(),
                             [&](Slot a, Slot b) { return full_key(a) < full_key(b); });
  }

  Key full_key(Slot slot) const {
    const NodeRecord& node = state_.at(slot);
    return with_need(key_of(node, need_.mode(), options_.strategy), need_, node.node, options_.strategy);
  }

  // A view for the active conditions; scratch_.tested becomes what is left to ask of each node.
  View& choose_view() {
    Views& views = state_.views();
    begin_name();
    add_to_name(About::kFacts);
    keep_tested(About::kFacts);
    const std::size_t length = scratch_.key.size();
    if (!scratch_.tested.empty()) add_to_name(About::kContainers);
    narrow_ = scratch_.key.size() > length;
    if (View* view = narrow_ ? views.find(scratch_.key) : nullptr) {
      narrow_ = false;
      keep_tested(About::kContainers);
      return *view;
    }
    const std::string_view key = std::string_view(scratch_.key).substr(0, length);
    View* view = views.find(key);
    return view != nullptr ? *view : views.add(key, make_view(About::kFacts));
  }

  void begin_name() {
    const Mode mode = need_.mode();
    const int order = static_cast<int>(options_.strategy) * 4 + (mode.cpus ? 2 : 0) + (mode.memory ? 1 : 0);
    scratch_.key.assign(1, static_cast<char>('a' + order));
    for (const std::string& attribute : request_.preferences) scratch_.key.append(attribute) += '\n';
  }

  void add_to_name(About about) {
    std::string& key = scratch_.key;
    for (const Condition& condition : scratch_.active) {
      if (condition.about(request_) != about) continue;
      key.append(condition.filter->name()) += ' ';
      condition.describe(request_, key);
      key += '\n';
    }
  }

  // What a view that covers this and less leaves to ask of each node; rooms are known to it in any case.
  void keep_tested(About covered) {
    scratch_.tested.clear();
    for (const Condition& condition : scratch_.active) {
      const About about = condition.about(request_);
      if (about == About::kCluster || (about == About::kContainers && covered == About::kFacts)) {
        scratch_.tested.push_back(condition);
      }
    }
  }

  std::unique_ptr<View> make_view(About most) const {
    Conditions conditions;
    for (const Condition& condition : scratch_.active) {
      const About about = condition.about(request_);
      if (about == About::kFacts || about == most) conditions.push_back(condition);
    }
    return std::make_unique<View>(request_, std::move(conditions), need_.mode(), options_.strategy,
                                  crowding_.topology());
  }

  std::optional<Slot> find_best(const View& view) {
    std::size_t rejected = 0;
    const auto accept = [&](Slot slot) {
      if (all_hold(scratch_.tested, slot)) return true;
      ++rejected;
      return false;
    };
    const View::Branch* winner = nullptr;
    Key best;
    Slot slot = 0;
    for (const View::Branch& branch : view.branches()) {
      const int order = winner == nullptr ? 0 : crowding_.compare(branch.topology_branch, winner->topology_branch);
      if (order > 0) continue;
      const Tournament::Entry* entry = view.best(branch, need_, accept);
      if (entry == nullptr) continue;
      const Key key = with_need(entry->key, need_, state_.at(entry->slot).node, options_.strategy);
      if (winner != nullptr && order == 0 && !(key < best)) continue;
      winner = &branch;
      best = key;
      slot = entry->slot;
    }
    if (rejected > 0 && narrow_) remember(rejected);
    return winner == nullptr ? std::nullopt : std::optional(slot);
  }

  // A view that also knows the conditions about containers is made as soon as it would have saved as much as it costs.
  void remember(std::size_t rejected) {
    Views& views = state_.views();
    if (views.regret(scratch_.key, rejected) < state_.node_count() / 4 + kRandomTries) return;
    views.add(scratch_.key, make_view(About::kContainers));
  }

  std::optional<Slot> find_random(const View& view) const {
    if (view.size() == 0) return std::nullopt;
    if (crowding_.topology() == nullptr) {
      for (std::size_t i = 0; i < kRandomTries; ++i) {
        const Tournament::Entry& entry = view.member(mixed(options_.seed + i) % view.size());
        if (entry.fits(need_) && all_hold(scratch_.tested, entry.slot)) return entry.slot;
      }
    }
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < view.size(); ++i) {
      const Tournament::Entry& entry = view.member(i);
      if (entry.fits(need_) && all_hold(scratch_.tested, entry.slot)) slots.push_back(entry.slot);
    }
    return best_of(slots);
  }

  ClusterState& state_;
  const Request& request_;
  const Options& options_;
  Views::Scratch& scratch_;
  Crowding crowding_;
  Need need_;
  bool narrow_ = false;  // scratch_.key names a view that there is not
};

}  // namespace

Placement place(const Cluster& cluster, const Request& request, const Options& options) {
  return Search(cluster.state(), request, options).run();
}

std::string Decision::why() const {
  std::string text = std::string(name_of(strategy)) + ": '" + node->name + "' has " + std::to_string(containers) +
                     (containers == 1 ? " container" : " containers");
  if (!given_up.empty()) text += "; gave up " + join(given_up, ", ");
  return text;
}

}  // namespace berth::swarm::placement
