#include "swarm/placement/rebalance.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "swarm/placement/crowding.h"
#include "swarm/placement/filter.h"
#include "swarm/placement/ranking.h"

namespace berth::swarm::placement {
namespace {

// How good a container has it on a node, itself counted: lower is better.
struct Standing {
  std::vector<std::uint32_t> crowding;
  std::uint64_t shares = 0;  // of the node that are reserved, as ranking.h has them
  std::size_t containers = 0;
};

Need need_of(const Request& request) {
  return {request.reservation.nano_cpus, count(request.reservation.memory), false};
}

// A copy of the cluster in which moves are tried.
class Trial {
 public:
  Trial(const Cluster& cluster, const Options& options) : cluster_(cluster.clone()), options_(options) {}

  Cluster& cluster() { return cluster_; }
  ClusterState& state() { return cluster_.state(); }

  Standing standing(const Request& request, const NodeId& id) {
    const NodeRecord& node = *state().find_node(id.value);
    Crowding::Sums sums;
    const Crowding crowding(state(), request, sums);
    return {crowding.counts_at(node.slot),
            shares_of(need_of(request).mode(), node.reserved_cpus, node.reserved_memory, node.node),
            node.containers.size()};
  }

  // Moves the container to where it would be placed now. It stays where it is, and the refusal tells why, when it is
  // refused everywhere.
  Placement move(const Container& container, const Request& request) {
    cluster_.remove_container(container.id);
    Placement placement = place(cluster_, request, options_);
    const auto* decision = std::get_if<Decision>(&placement);
    put(container, decision == nullptr ? container.node : decision->node->id);
    return placement;
  }

  void put(Container container, const NodeId& node) {
    container.node = node;
    cluster_.set_container(container);
  }

 private:
  Cluster cluster_;
  const Options options_;
};

std::string named(const NodeId& id, const Cluster& cluster) { return "'" + cluster.find_node(id)->name + "'"; }

// Why the container's data would be left behind; nothing when it has none, or it can go along.
std::optional<std::string> reason_of_volumes(const Container& container, const Stays& volumes_stay) {
  for (const std::string& volume : container.volumes) {
    if (is_made_up_volume(volume)) continue;
    return volumes_stay ? volumes_stay(container) : "volume '" + volume + "' stays on the node";
  }
  return std::nullopt;
}

// What request_of() gives; nothing when the container's labels are malformed, which someone else made then.
std::optional<Request> readable_request(const Container& container) {
  try {
    return request_of(container);
  } catch (const Error&) {
    return std::nullopt;
  }
}

class Rebalance {
 public:
  Rebalance(const Cluster& cluster, const RebalanceOptions& options)
      : options_(options), trial_(cluster, options.placement) {
    for (const Node* node : cluster.nodes()) {
      for (const Container& container : cluster.containers_of(node->id)) {
        shared_.insert(container.shares.begin(), container.shares.end());
      }
    }
  }

  MovePlan run() {
    repair();
    if (options_.placement.strategy == Strategy::kSpread) even_out(true);
    if (options_.placement.strategy == Strategy::kSpread) even_out(false);
    if (options_.placement.strategy == Strategy::kBinpack) pack();
    return std::move(plan_);
  }

 private:
  bool may_move(const Container& container) const {
    return !container.pending && !reason_of_volumes(container, options_.volumes_stay) && container.shares.empty() &&
           !(options_.stays && options_.stays(container)) && !shared_.contains(container.name) &&
           !shared_.contains(container.id.value);
  }

  bool full() const { return plan_.moves.size() >= options_.most_moves; }

  std::vector<NodeId> node_ids() {
    std::vector<NodeId> ids;
    for (const Node* node : trial_.cluster().nodes()) ids.push_back(node->id);
    return ids;
  }

  void add(const Container& container, const NodeId& to, std::string why) {
    plan_.moves.push_back({container.id, container.name, container.node, to, std::move(why)});
    moved_.insert(container.id);
  }

  // What a node does not meet any more, in words; empty when all is well. What runs is looked at without the container.
  std::string unmet(const Container& container, const Request& request) {
    const NodeRecord& node = *trial_.state().find_node(container.node.value);
    if (node.node.availability == Availability::kDrain) return named(container.node, trial_.cluster()) + " is drained";
    Conditions conditions;
    collect_conditions(request, options_.placement.filters, conditions);
    std::string text;
    trial_.cluster().remove_container(container.id);
    for (const Condition& condition : conditions) {
      // A node that is away or paused keeps what it has.
      if (condition.soft(request) || condition.filter == &health_filter()) continue;
      if (condition.filter == &availability_filter() || condition.holds(trial_.state(), request, node)) continue;
      condition.describe(request, text);
      text += " does not hold on " + named(container.node, trial_.cluster());
      break;
    }
    trial_.put(container, container.node);
    return text;
  }

  void repair() {
    for (const NodeId& node : node_ids()) {
      if (!trial_.cluster().find_node(node)->healthy) continue;
      for (const Container& container : trial_.cluster().containers_of(node)) {
        const auto request = readable_request(container);
        if (!request || container.pending) continue;
        std::string why = unmet(container, *request);
        if (why.empty()) continue;
        if (full()) return;
        if (!may_move(container)) {
          auto stays = options_.stays ? options_.stays(container) : std::nullopt;
          if (!stays) stays = reason_of_volumes(container, options_.volumes_stay);
          plan_.stuck.push_back({container.id, container.name, why + "; " + stays.value_or("it shares something")});
          continue;
        }
        const Placement placement = trial_.move(container, *request);
        if (const auto* refusal = std::get_if<Refusal>(&placement)) {
          plan_.stuck.push_back({container.id, container.name, why + "; " + refusal->message()});
        } else {
          add(container, std::get<Decision>(placement).node->id, std::move(why));
        }
      }
    }
  }

  // What reserves goes by the shares alone, all else by the number of containers alone: so the two do not undo each
  // other's work.
  bool is_better(const Standing& there, const Standing& here, bool reserves) const {
    if (there.crowding != here.crowding && !here.crowding.empty()) return there.crowding < here.crowding;
    const auto gain = static_cast<std::uint64_t>(options_.least_gain * (1 << 30));
    return reserves ? there.shares + gain <= here.shares : there.containers < here.containers;
  }

  // One container of the node, of those that reserve or of the others, goes where it has it better; false: none would.
  bool relieve(const NodeId& node, bool reserving) {
    for (const Container& container : trial_.cluster().containers_of(node)) {
      if (!may_move(container) || moved_.contains(container.id)) continue;
      const auto request = readable_request(container);
      if (!request || need_of(*request).mode().any() != reserving) continue;
      const Standing here = trial_.standing(*request, node);
      const Placement placement = trial_.move(container, *request);
      const auto* decision = std::get_if<Decision>(&placement);
      if (decision == nullptr || decision->node->id == node) continue;
      const NodeId to = decision->node->id;
      const Standing there = trial_.standing(*request, to);
      if (!is_better(there, here, reserving)) {
        trial_.put(container, node);
        continue;
      }
      add(container, to, reserving ? shares_text(node, to) : counts_text(node, here, to, there));
      return true;
    }
    return false;
  }

  std::string counts_text(const NodeId& from, const Standing& here, const NodeId& to, const Standing& there) {
    return named(from, trial_.cluster()) + " has " + std::to_string(here.containers) + " containers, " +
           named(to, trial_.cluster()) + " " + std::to_string(there.containers - 1);
  }

  std::string shares_text(const NodeId& from, const NodeId& to) {
    return "more of " + named(from, trial_.cluster()) + " is reserved than of " + named(to, trial_.cluster()) +
           " with it";
  }

  // Healthy nodes, those with the most containers or reservations first.
  std::vector<NodeId> by_load(bool reserving) {
    std::vector<std::pair<std::uint64_t, NodeId>> loads;
    for (const NodeId& id : node_ids()) {
      const NodeRecord& node = *trial_.state().find_node(id.value);
      const std::uint64_t shares = shares_of({true, true}, node.reserved_cpus, node.reserved_memory, node.node);
      if (node.node.healthy) loads.emplace_back(reserving ? shares : node.containers.size(), id);
    }
    std::stable_sort(loads.begin(), loads.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<NodeId> ids;
    for (auto& [load, id] : loads) ids.push_back(std::move(id));
    return ids;
  }

  // Until no node can be relieved. One that could not be is tried again only when all others have been.
  void even_out(bool reserving) {
    for (bool any = true; any && !full();) {
      any = false;
      std::set<NodeId> done;
      for (bool found = true; found && !full();) {
        found = false;
        for (const NodeId& node : by_load(reserving)) {
          if (done.contains(node)) continue;
          found = relieve(node, reserving);
          if (found) break;
          done.insert(node);
        }
        any |= found;
      }
    }
  }

  // Nodes that can be emptied into fuller ones, the emptiest first.
  void pack() {
    std::vector<NodeId> nodes = by_load(false);
    std::reverse(nodes.begin(), nodes.end());
    for (const NodeId& node : nodes) {
      const std::vector<Container> containers = trial_.cluster().containers_of(node);
      if (!containers.empty() && plan_.moves.size() + containers.size() <= options_.most_moves) empty(node, containers);
    }
  }

  void empty(const NodeId& node, const std::vector<Container>& containers) {
    const std::size_t load = containers.size();
    std::vector<std::pair<Container, NodeId>> moves;
    const Node before = *trial_.cluster().find_node(node);
    Node closed = before;
    closed.availability = Availability::kPause;  // it is not to get its own back
    trial_.cluster().set_node(closed);
    for (const Container& container : containers) {
      const auto request = may_move(container) ? readable_request(container) : std::nullopt;
      if (!request || moved_.contains(container.id)) break;
      const Placement placement = trial_.move(container, *request);
      const auto* decision = std::get_if<Decision>(&placement);
      if (decision == nullptr) break;
      moves.emplace_back(container, decision->node->id);
      if (decision->containers < load) break;  // that would be spreading
    }
    const bool emptied = moves.size() == load && trial_.cluster().usage(node)->containers == 0 &&
                         std::all_of(moves.begin(), moves.end(), [&](const auto& move) {
                           return trial_.cluster().usage(move.second)->containers > load;
                         });
    for (const auto& [container, to] : moves) {
      if (emptied) {
        add(container, to, named(node, trial_.cluster()) + " can be emptied");
      } else {
        trial_.put(container, node);
      }
    }
    trial_.cluster().set_node(before);
  }

  const RebalanceOptions options_;
  Trial trial_;
  MovePlan plan_;
  std::set<std::string, std::less<>> shared_;  // names and ids of containers that others must be together with
  std::set<ContainerId> moved_;
};

}  // namespace

MovePlan plan_rebalance(const Cluster& cluster, const RebalanceOptions& options) {
  return Rebalance(cluster, options).run();
}

namespace {

// Of the containers of a node those that stay, with their reasons; those that share a network with them stay, too.
std::map<ContainerId, std::string> staying(const std::vector<Container>& all, const Stays& stays,
                                           const Stays& volumes_stay) {
  std::map<ContainerId, std::string> reasons;
  std::map<std::string, std::string> held;  // networks, with the container that stays
  const auto keep = [&](const Container& container, std::string why) {
    if (!reasons.emplace(container.id, std::move(why)).second) return false;
    for (const std::string& network : container.networks) held.emplace(network, container.name);
    return true;
  };
  for (const Container& container : all) {
    if (auto why = reason_of_volumes(container, volumes_stay)) {
      keep(container, *std::move(why));
    } else if (auto why = stays ? stays(container) : std::nullopt) {
      keep(container, *std::move(why));
    }
  }
  for (bool any = true; any;) {
    any = false;
    for (const Container& container : all) {
      for (const std::string& network : container.networks) {
        const auto holder = held.find(network);
        if (holder == held.end()) continue;
        any |= keep(container, "network '" + network + "' is with '" + holder->second + "', which stays");
        break;
      }
    }
  }
  return reasons;
}

}  // namespace

bool is_made_up_volume(std::string_view name) {
  constexpr std::size_t kDigits = 64;
  return name.size() == kDigits && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

MovePlan plan_drain(const Cluster& cluster, const NodeId& node, const Options& options, const Stays& stays,
                    const Stays& volumes_stay) {
  MovePlan plan;
  const Node* found = cluster.find_node(node);
  if (found == nullptr) return plan;
  const std::string why = "'" + found->name + "' is drained";
  Trial trial(cluster, options);
  Node drained = *found;
  drained.availability = Availability::kDrain;
  trial.cluster().set_node(drained);

  std::vector<Container> left = cluster.containers_of(node);
  const auto reasons = staying(left, stays, volumes_stay);
  std::erase_if(left, [&](const Container& container) {
    const auto reason = reasons.find(container.id);
    if (reason == reasons.end()) return false;
    plan.stuck.push_back({container.id, container.name, reason->second});
    return true;
  });
  // What needs another container follows it in a later round.
  for (bool any = true; any;) {
    any = false;
    std::erase_if(left, [&](const Container& container) {
      const auto request = readable_request(container);
      const Placement placement = request ? trial.move(container, *request) : Placement(Refusal());
      const auto* decision = std::get_if<Decision>(&placement);
      if (decision == nullptr) return false;
      plan.moves.push_back({container.id, container.name, node, decision->node->id, why});
      return any = true;
    });
  }
  for (const Container& container : left) {
    const auto request = readable_request(container);
    std::string reason = "its labels are malformed";
    if (request) {
      const Placement placement = trial.move(container, *request);
      if (const auto* refusal = std::get_if<Refusal>(&placement)) reason = refusal->message();
    }
    plan.stuck.push_back({container.id, container.name, std::move(reason)});
  }
  return plan;
}

}  // namespace berth::swarm::placement
