// What containers stand on: a plan's networks and volumes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converge/problems.h"
#include "converge/reconcile.h"
#include "converge/stops.h"

namespace berth::converge {

struct Ground {
  std::map<std::string, engine::NetworkId, std::less<>> network_ids;  // by key; those that are there and stay
  std::map<std::string, OperationNumber, std::less<>> networks_made;  // by key
  std::map<std::string, OperationNumber, std::less<>> volumes_made;   // by key
  // Containers that are removed so that a volume of theirs can be made anew, and why.
  std::map<engine::ContainerId, std::string> evicted;
};

// Creates what is missing. A network whose configuration differs is made anew: its containers are stopped and
// disconnected, and recreated by who plans the services. A volume that differs is only made anew where
// options.recreate_volumes says so.
Ground plan_ground(const compose::Project& project, const State& state, const UpOptions& options, PlanBuilder& builder,
                   Stops& stops, Problems& problems);

}  // namespace berth::converge
