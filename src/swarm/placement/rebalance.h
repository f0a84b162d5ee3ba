// Which containers would better run elsewhere, and where to: plans only, pure. Someone else carries them out, one move
// after the other: start on the new node, wait until healthy, remove from the old one.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "swarm/placement/scheduler.h"

namespace berth::swarm::placement {

struct Move {
  ContainerId container;
  std::string name;
  NodeId from;
  NodeId to;
  std::string why;  // for people
};

// A container that should move and cannot.
struct Stuck {
  ContainerId container;
  std::string name;
  std::string why;  // for people; maybe several lines
};

struct MovePlan {
  std::vector<Move> moves;  // in this order: each is right when those before it are done
  std::vector<Stuck> stuck;
};

// Why a container is not to be moved though it could be, for people; nothing: it may.
using Stays = std::function<std::optional<std::string>(const Container&)>;

// Whether the name is one that an engine made up: such a volume goes with its container, as swarm mode has it too.
bool is_made_up_volume(std::string_view name);

struct RebalanceOptions {
  Options placement;
  std::size_t most_moves = 10;  // the disruption budget
  // By how much of a node's size a container must be better off before it is moved for what it reserves.
  double least_gain = 0.1;
  Stays stays;  // unset: none
  // Why a container's named volumes cannot go along; unset: they never do.
  Stays volumes_stay;
};

// First the containers whose conditions their node does not meet any more, then, for the strategy spread, those of the
// fullest nodes as long as another one becomes less full than theirs is, and for binpack those of nodes that can be
// emptied altogether. Containers that share something with others stay where they are.
// The same cluster and options give the same plan. No container moves twice in a plan, so the next one may find a
// little more to do, and soon nothing. O(nodes + containers), and a placement for each container looked at.
MovePlan plan_rebalance(const Cluster& cluster, const RebalanceOptions& options = {});

// Where all that a node runs goes, before its maintenance or its end: whatever depends on one another goes together,
// and stays together: a network does not span nodes. Empty when the node is not known.
// `volumes_stay` as in RebalanceOptions.
MovePlan plan_drain(const Cluster& cluster, const NodeId& node, const Options& options = {}, const Stays& stays = {},
                    const Stays& volumes_stay = {});

}  // namespace berth::swarm::placement
