// deploy.placement and what deploy.resources reserves have no member in the Engine API: a swarm manager reads them from
// labels (docs/swarm.md). A single engine does not care.
#include <cmath>

#include "base/json.h"
#include "converge/labels.h"
#include "converge/spec_parts.h"

namespace berth::converge {

namespace {

std::string array_text(const std::vector<std::string>& texts, std::string_view prefix) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::string(std::string(prefix) + text));
  return format_json(array);
}

}  // namespace

engine::StringMap placement_labels(const compose::Deploy& deploy) {
  engine::StringMap labels;
  if (!deploy.constraints.empty()) labels[label::kSwarmConstraints] = array_text(deploy.constraints, "");
  if (!deploy.spread.empty()) labels[label::kSwarmPreferences] = array_text(deploy.spread, "spread=");
  if (deploy.max_replicas_per_node > 0) {
    labels[label::kSwarmMaxReplicasPerNode] = std::to_string(deploy.max_replicas_per_node);
  }
  if (deploy.reservations && deploy.reservations->cpus > 0) {
    json::object reservation{{"nano_cpus", std::llround(deploy.reservations->cpus * 1e9)}};
    const Bytes memory = deploy.reservations->memory;
    const Bytes limit = deploy.limits ? deploy.limits->memory : Bytes();
    if (count(memory) > 0 || count(limit) > 0) reservation["memory"] = count(count(memory) > 0 ? memory : limit);
    labels[label::kSwarmReservation] = format_json(reservation);
  }
  return labels;
}

}  // namespace berth::converge
