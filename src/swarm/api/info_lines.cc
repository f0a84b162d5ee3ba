#include "swarm/api/info_lines.h"

#include <algorithm>

#include "base/strings.h"
#include "base/units.h"

namespace berth::swarm {

namespace {

struct Counts {
  std::size_t all = 0;
  std::size_t running = 0;
  std::size_t paused = 0;
};

Counts counts_of(const Pool& pool, const Node& node) {
  Counts counts;
  for (const ContainerPtr& container : pool.containers_of(node.number)) {
    ++counts.all;
    if (container->state() == "paused") {
      ++counts.paused;
    } else if (container->running()) {
      ++counts.running;
    }
  }
  return counts;
}

std::string status_of(const Node& node) {
  std::string state(name_of(node.state));
  switch (node.settings.availability) {
    case placement::Availability::kActive:
      return state;
    case placement::Availability::kPause:
      return state + " (paused)";
    case placement::Availability::kDrain:
      return state + " (draining)";
  }
  return state;
}

std::string labels_of(const Node& node) {
  std::vector<std::string> labels = {"kernelversion=" + node.info.kernel_version,
                                     "operatingsystem=" + node.info.operating_system, "ostype=" + node.info.os_type,
                                     "storagedriver=" + node.info.driver};
  labels.insert(labels.begin(), node.info.labels.begin(), node.info.labels.end());
  for (const auto& [name, value] : node.settings.labels) labels.push_back(name + "=" + value);
  std::sort(labels.begin(), labels.end());
  return join(labels, ", ");
}

std::string join_views(const std::vector<std::string_view>& parts) {
  return join(std::vector<std::string>(parts.begin(), parts.end()), ", ");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> info_lines(const Pool& pool,
                                                            const std::optional<std::string>& primary) {
  const placement::Options& placing = pool.options().placement;
  std::vector<NodePtr> nodes = pool.nodes();
  std::sort(nodes.begin(), nodes.end(), [](const NodePtr& a, const NodePtr& b) { return a->name() < b->name(); });
  std::vector<std::pair<std::string, std::string>> lines = {{"Role", primary ? "replica" : "primary"}};
  if (primary) lines.emplace_back("Primary", *primary);
  lines.insert(lines.end(), {{"Strategy", std::string(placement::name_of(placing.strategy))},
                             {"Filters", join_views(placement::names_of(placing.filters))},
                             {"Nodes", std::to_string(nodes.size())}});
  const engine::Time now = std::chrono::system_clock::now();
  for (const NodePtr& node : nodes) {
    // A node that was never reached is known by nothing but its address.
    lines.emplace_back(" " + (node->info.name.empty() ? "(unknown)" : node->name()), node->address);
    const auto add = [&](const std::string& name, std::string value) {
      lines.emplace_back("  └ " + name, std::move(value));
    };
    const Counts counts = counts_of(pool, *node);
    const placement::Usage usage = pool.usage(*node);
    add("ID", node->info.id.empty() ? "(unknown)" : node->info.id);
    add("Status", status_of(*node));
    add("Containers", std::to_string(counts.all) + " (" + std::to_string(counts.running) + " Running, " +
                          std::to_string(counts.paused) + " Paused, " +
                          std::to_string(counts.all - counts.running - counts.paused) + " Stopped)");
    add("Reserved CPUs",
        format_number(static_cast<double>(usage.reserved.nano_cpus) / 1e9) + " / " + std::to_string(node->info.ncpu));
    add("Reserved Memory", binary_size(usage.reserved.memory, " ") + " / " + binary_size(node->info.mem_total, " "));
    add("Labels", labels_of(*node));
    if (!node->reason.empty()) add("Error", node->reason);
    add("UpdatedAt", node->updated == engine::Time{} ? "never" : format_time(node->updated));
    add("StateSince", human_duration(now - node->state_since) + " ago");
    add("ServerVersion", node->info.server_version.empty() ? "(unknown)" : node->info.server_version);
  }
  return lines;
}

}  // namespace berth::swarm
