// A manager's numbers as Prometheus reads them.
#pragma once

#include <string>

#include "swarm/api/request_metrics.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

struct ManagerFacts {
  std::string version;
  bool leads = true;
};

// The text of GET /metrics, in Prometheus' format 0.0.4. Costs one walk over the nodes, not over the containers.
std::string metrics_text(Pool& pool, const RequestMetrics& requests, const ManagerFacts& facts);

}  // namespace berth::swarm
