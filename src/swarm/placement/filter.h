// What a request's conditions are and whether a node meets them: one small file for each filter.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "swarm/placement/options.h"
#include "swarm/placement/request.h"
#include "swarm/placement/state.h"

namespace berth::swarm::placement {

// What a condition is about, and so where it is tested.
enum class About {
  kFacts,       // the node alone: nodes are sorted out once (view.h)
  kRoom,        // processors, memory, slots: the index knows who has it (tournament.h)
  kContainers,  // what the node has and runs: asked of each node that could win
  kCluster,     // what other nodes run, too: likewise, but never remembered
};

// How many nodes are few.
inline constexpr std::size_t kFewNodes = 256;

// Has no state; its conditions are numbered 0 to count() - 1.
class Filter {
 public:
  virtual ~Filter() = default;

  // As `--filter` and refusals name it.
  virtual std::string_view name() const = 0;
  // How many conditions the request has of this sort.
  virtual std::size_t count(const Request& request) const = 0;
  virtual About about(const Request& request, std::size_t condition) const = 0;
  // Given up rather than refused.
  virtual bool soft(const Request&, std::size_t) const { return false; }
  // Appends the condition's text for people. Conditions with the same text are the same.
  virtual void describe(const Request& request, std::size_t condition, std::string& out) const = 0;
  virtual bool holds(ClusterState& state, const Request& request, std::size_t condition,
                     const NodeRecord& node) const = 0;

  // Nodes outside of which the condition cannot hold, where the filter knows them and they are few.
  virtual std::optional<std::vector<Slot>> only(ClusterState&, const Request&, std::size_t) const {
    return std::nullopt;
  }
};

// One condition of a request.
struct Condition {
  const Filter* filter = nullptr;
  std::size_t index = 0;

  About about(const Request& request) const { return filter->about(request, index); }
  bool soft(const Request& request) const { return filter->soft(request, index); }
  void describe(const Request& request, std::string& out) const { filter->describe(request, index, out); }
  bool holds(ClusterState& state, const Request& request, const NodeRecord& node) const {
    return filter->holds(state, request, index, node);
  }
};

using Conditions = std::vector<Condition>;

// All conditions, those of availability and resources first and last, which are no filters to choose.
void collect_conditions(const Request& request, FilterSet filters, Conditions& out);

const Filter& availability_filter();
const Filter& health_filter();
const Filter& port_filter();
const Filter& container_slots_filter();
const Filter& dependency_filter();
const Filter& affinity_filter();
const Filter& constraint_filter();
const Filter& whitelist_filter();
const Filter& platform_filter();
const Filter& max_replicas_filter();
const Filter& network_filter();
const Filter& volume_filter();
const Filter& image_locality_filter();
const Filter& resources_filter();

}  // namespace berth::swarm::placement
