#include "cli/swarm/node_summary.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

const json::value& member(const json::value& value, std::string_view name) {
  static const json::value kNothing;
  const json::value* found = find(value, name);
  return found == nullptr ? kNothing : *found;
}

std::string cpus_text(std::int64_t nano_cpus) { return format_number(static_cast<double>(nano_cpus) / 1e9); }

std::string share(std::int64_t reserved_nano_cpus, std::int64_t nano_cpus) {
  return cpus_text(reserved_nano_cpus) + " / " + cpus_text(nano_cpus);
}

std::string share(Bytes reserved, Bytes memory) { return binary_size(reserved) + " / " + binary_size(memory); }

json::value number_of_cpus(std::int64_t nano_cpus) {
  if (nano_cpus % 1'000'000'000 == 0) return nano_cpus / 1'000'000'000;
  return static_cast<double>(nano_cpus) / 1e9;
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : labels) parts.push_back(value.empty() ? name : name + "=" + value);
  return join(parts, ",");
}

}  // namespace

NodeSummary read_node(const json::value& node) {
  const json::value& own = member(node, "Berth");
  if (!own.is_object()) {
    throw Error(
        Kind::kUnsupported,
        "what answers is a manager of Docker's own swarm mode, no `berth swarm manage`: point -H or DOCKER_HOST "
        "at that, or use `docker node`");
  }
  const json::value& spec = member(node, "Spec");
  const json::value& description = member(node, "Description");
  const json::value& resources = member(description, "Resources");
  const json::value& status = member(node, "Status");
  NodeSummary summary;
  summary.id = text_of(node, "ID");
  summary.name = text_of(description, "Hostname");
  summary.address = text_of(status, "Addr");
  summary.state = text_of(own, "State");
  summary.state_since = text_of(own, "StateSince");
  summary.status = text_of(status, "State");
  summary.reason = text_of(status, "Message");
  summary.availability = text_of(spec, "Availability");
  summary.engine_version = text_of(member(description, "Engine"), "EngineVersion");
  for (auto& [name, value] : pairs_of(spec, "Labels")) summary.labels.emplace(name, value);
  summary.containers = integer_of(own, "Containers");
  summary.running = integer_of(own, "Running");
  if (const json::array* staying = find_array(own, "Staying")) {
    summary.staying = static_cast<std::int64_t>(staying->size());
  }
  summary.nano_cpus = integer_of(resources, "NanoCPUs");
  summary.reserved_nano_cpus = integer_of(own, "ReservedNanoCPUs");
  summary.memory = Bytes{integer_of(resources, "MemoryBytes")};
  summary.reserved_memory = Bytes{integer_of(own, "ReservedMemoryBytes")};
  return summary;
}

std::vector<NodeSummary> read_nodes(const json::value& list) {
  std::vector<NodeSummary> nodes;
  if (!list.is_array()) throw Error(Kind::kInternal, "the manager's answer is no list of nodes");
  for (const json::value& node : list.get_array()) nodes.push_back(read_node(node));
  return nodes;
}

json::value node_row(const NodeSummary& node) {
  return json::object{{"ID", node.id},
                      {"Hostname", node.name},
                      {"Address", node.address},
                      {"State", node.state},
                      {"StateSince", node.state_since},
                      {"Status", node.status},
                      {"Reason", node.reason},
                      {"Availability", node.availability},
                      {"EngineVersion", node.engine_version},
                      {"Labels", labels_text(node.labels)},
                      {"Containers", node.containers},
                      {"Running", node.running},
                      {"CPUs", number_of_cpus(node.nano_cpus)},
                      {"ReservedCPUs", number_of_cpus(node.reserved_nano_cpus)},
                      {"CPUUsage", share(node.reserved_nano_cpus, node.nano_cpus)},
                      {"Memory", count(node.memory)},
                      {"ReservedMemory", count(node.reserved_memory)},
                      {"MemoryUsage", share(node.reserved_memory, node.memory)}};
}

json::value node_headers() {
  return json::object{{"ID", "ID"},
                      {"Hostname", "HOSTNAME"},
                      {"Address", "ADDRESS"},
                      {"State", "STATE"},
                      {"StateSince", "SINCE"},
                      {"Status", "STATUS"},
                      {"Reason", "REASON"},
                      {"Availability", "AVAILABILITY"},
                      {"EngineVersion", "ENGINE VERSION"},
                      {"Labels", "LABELS"},
                      {"Containers", "CONTAINERS"},
                      {"Running", "RUNNING"},
                      {"CPUs", "CPUS"},
                      {"ReservedCPUs", "RESERVED CPUS"},
                      {"CPUUsage", "CPUS"},
                      {"Memory", "MEMORY"},
                      {"ReservedMemory", "RESERVED MEMORY"},
                      {"MemoryUsage", "MEMORY"}};
}

NodeTotals totals_of(const std::vector<NodeSummary>& nodes) {
  NodeTotals totals;
  std::int64_t memory = 0;
  std::int64_t reserved = 0;
  for (const NodeSummary& node : nodes) {
    ++totals.nodes;
    ++totals.by_state[node.state];
    totals.containers += node.containers;
    totals.running += node.running;
    if (node.state != "healthy") continue;
    totals.nano_cpus += node.nano_cpus;
    totals.reserved_nano_cpus += node.reserved_nano_cpus;
    memory += count(node.memory);
    reserved += count(node.reserved_memory);
  }
  totals.memory = Bytes{memory};
  totals.reserved_memory = Bytes{reserved};
  return totals;
}

std::string totals_text(const NodeTotals& totals) {
  std::vector<std::string> states;
  for (const auto& [state, number] : totals.by_state) states.push_back(std::to_string(number) + " " + state);
  std::string text = std::to_string(totals.nodes) + (totals.nodes == 1 ? " node" : " nodes");
  if (!states.empty()) text += " (" + join(states, ", ") + ")";
  return text + ", " + std::to_string(totals.running) + " of " + std::to_string(totals.containers) +
         " containers run, cpus " + share(totals.reserved_nano_cpus, totals.nano_cpus) + ", memory " +
         share(totals.reserved_memory, totals.memory);
}

}  // namespace berth::cli
