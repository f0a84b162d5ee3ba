// Stopping in the reverse order of dependencies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/dependency_order.h"
#include "converge/stops.h"

namespace berth::converge {

class StopOrder {
 public:
  StopOrder(const compose::Project& project, Stops& stops);

  // Dependents first.
  const std::vector<std::string>& services() const { return services_; }
  // Stops a container after those of the services that depend on its own, directly or through services that have none
  // to stop; kNone when it isn't up. Call it in the order of services().
  OperationNumber stop(const engine::ContainerSummary& container);

 private:
  Numbers stops_of_dependents(std::string_view service) const;

  Dependents dependents_;
  Stops& stops_;
  std::vector<std::string> services_;
  std::map<std::string, Numbers, std::less<>> done_;
};

}  // namespace berth::converge
