// Nodes as the commands of `berth swarm` show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/units.h"

namespace berth::cli {

// One element of the manager's GET /nodes.
struct NodeSummary {
  std::string id;
  std::string name;
  std::string address;
  std::string state;        // "healthy", "unreachable" ...
  std::string state_since;  // RFC 3339
  std::string status;       // in swarm mode's word: "ready", "down" ...
  std::string reason;       // why it is not healthy, or what a drain leaves and why
  std::string availability;
  std::string engine_version;
  std::map<std::string, std::string> labels;  // the operator's
  std::int64_t containers = 0;
  std::int64_t running = 0;
  std::int64_t staying = 0;  // containers that a drain leaves
  std::int64_t nano_cpus = 0;
  std::int64_t reserved_nano_cpus = 0;
  Bytes memory{};
  Bytes reserved_memory{};
};

// Throws kUnsupported when the list is one of swarm mode's, which is no `berth swarm manage`.
NodeSummary read_node(const boost::json::value& node);
std::vector<NodeSummary> read_nodes(const boost::json::value& list);

// What --format shows of it, by field: ID, Hostname, Address, State, StateSince, Status, Reason, Availability,
// EngineVersion, Labels, Containers, Running, CPUs, ReservedCPUs, CPUUsage ("0.5 / 4"), Memory, ReservedMemory (bytes),
// MemoryUsage ("64MiB / 7.8GiB").
boost::json::value node_row(const NodeSummary& node);
// Headers of a table of them.
boost::json::value node_headers();

struct NodeTotals {
  std::size_t nodes = 0;
  std::map<std::string, std::size_t> by_state;  // those there are
  std::int64_t containers = 0;
  std::int64_t running = 0;
  // Of healthy nodes.
  std::int64_t nano_cpus = 0;
  std::int64_t reserved_nano_cpus = 0;
  Bytes memory{};
  Bytes reserved_memory{};
};
NodeTotals totals_of(const std::vector<NodeSummary>& nodes);
// "3 nodes (2 healthy, 1 unreachable), 4 of 5 containers run, cpus 0.5 / 8, memory 64MiB / 15.6GiB".
std::string totals_text(const NodeTotals& totals);

}  // namespace berth::cli
