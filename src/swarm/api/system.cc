// The pool as one engine: ping, version, info.
#include <algorithm>
#include <string>

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "swarm/api/api.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/info_lines.h"
#include "swarm/api/metrics.h"

namespace berth::swarm {

namespace {

// What every engine of the pool understands.
engine::ApiVersion common_version(const std::vector<NodePtr>& nodes) {
  engine::ApiVersion common = engine::kNewestApi;
  for (const NodePtr& node : nodes) {
    if (node->healthy()) common = std::min(common, node->api_version);
  }
  return common;
}

// "2", BuildKit, when all engines build with it unless told otherwise.
std::string builder_version(const std::vector<NodePtr>& nodes) {
  const auto has_it = [](const NodePtr& node) { return !node->healthy() || node->builder_version == "2"; };
  return !nodes.empty() && std::all_of(nodes.begin(), nodes.end(), has_it) ? "2" : "1";
}

// Values of one member that all nodes share; "mixed" else.
template <typename Member>
std::string common(const std::vector<NodePtr>& nodes, Member member) {
  std::string shared;
  for (const NodePtr& node : nodes) {
    const std::string& value = member(*node);
    if (value.empty()) continue;
    if (!shared.empty() && shared != value) return "mixed";
    shared = value;
  }
  return shared;
}

std::string go_architecture(const std::string& machine) {
  if (machine == "x86_64") return "amd64";
  return machine == "aarch64" ? "arm64" : machine;
}

json::array pairs_json(const std::vector<std::pair<std::string, std::string>>& lines) {
  json::array pairs;
  for (const auto& [name, value] : lines) pairs.push_back(json::array{json::string(name), json::string(value)});
  return pairs;
}

// The docker command prints these below all else, where they are not overlooked: nodes that are not healthy, and why.
json::array warnings_json(const std::vector<NodePtr>& nodes) {
  constexpr std::size_t kMost = 10;
  const engine::Time now = std::chrono::system_clock::now();
  json::array warnings;
  std::size_t more = 0;
  for (const NodePtr& node : nodes) {
    if (node->healthy()) continue;
    if (warnings.size() == kMost) {
      ++more;
      continue;
    }
    warnings.push_back(json::string("WARNING: node '" + node->name() + "' is " + to_lower(name_of(node->state)) +
                                    " since " + human_duration(now - node->state_since) + ": " + node->reason));
  }
  if (more > 0) warnings.push_back(json::string("WARNING: and " + std::to_string(more) + " more nodes"));
  return warnings;
}

}  // namespace

void pass_to_any_node(Call& call) { forward(call, *healthy_nodes(call).front(), encoded_path(call)); }

void ping(Call& call) {
  const std::vector<NodePtr> nodes = call.pool.nodes();
  http::Headers headers = {{"Api-Version", common_version(nodes).text()},
                           {"Builder-Version", builder_version(nodes)},
                           {"Cache-Control", "no-cache, no-store, must-revalidate"},
                           {"Content-Type", "text/plain; charset=utf-8"},
                           {"Docker-Experimental", "false"},
                           {"Ostype", "linux"},
                           {"Pragma", "no-cache"},
                           {"Server", "Berth/" + call.api.options().version + " (linux)"},
                           {"Swarm", "inactive"}};
  call.exchange.respond(call.context, 200, "OK", std::move(headers));
}

void show_version(Call& call) {
  const std::vector<NodePtr> nodes = call.pool.nodes();
  const std::string version = "swarm/" + call.api.options().version;
  const std::string api = common_version(nodes).text();
  const std::string arch = go_architecture(common(nodes, [](const Node& node) { return node.info.architecture; }));
  const std::string kernel = common(nodes, [](const Node& node) { return node.info.kernel_version; });
  call.json(200, json::object{{"Platform", json::object{{"Name", "Berth swarm"}}},
                              {"Components", json::array{}},
                              {"Version", version},
                              {"ApiVersion", api},
                              {"MinAPIVersion", engine::kOldestApi.text()},
                              {"GitCommit", ""},
                              {"GoVersion", ""},
                              {"Os", "linux"},
                              {"Arch", arch},
                              {"KernelVersion", kernel},
                              {"BuildTime", ""}});
}

// For Prometheus; Docker Engines serve theirs by this path, too.
void show_metrics(Call& call) {
  const ManagerFacts facts{.version = call.api.options().version, .leads = call.api.leads()};
  call.exchange.respond(call.context, 200, metrics_text(call.pool, call.api.requests(), facts),
                        {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}});
}

void show_info(Call& call) {
  call.pool.settle(call.context);
  const std::vector<NodePtr> nodes = call.pool.nodes();
  std::int64_t running = 0;
  std::int64_t paused = 0;
  const std::vector<ContainerPtr> containers = call.pool.containers();
  for (const ContainerPtr& container : containers) {
    if (container->state() == "paused") {
      ++paused;
    } else if (container->running()) {
      ++running;
    }
  }
  std::int64_t cpus = 0;
  std::int64_t memory = 0;
  std::int64_t images = 0;
  for (const NodePtr& node : nodes) {
    if (!node->healthy()) continue;
    cpus += node->info.ncpu;
    memory += count(node->info.mem_total);
    images += static_cast<std::int64_t>(elements_of(*call.pool.listing(node->number, Listing::kImages)).size());
  }
  const auto& primary = call.api.options().primary;
  const json::array lines = pairs_json(info_lines(call.pool, primary ? primary() : std::nullopt));
  const auto total = static_cast<std::int64_t>(containers.size());
  call.json(200,
            json::object{{"ID", ""},
                         {"Containers", total},
                         {"ContainersRunning", running},
                         {"ContainersPaused", paused},
                         {"ContainersStopped", total - running - paused},
                         {"Images", images},
                         {"Driver", "swarm"},
                         {"DriverStatus", lines},
                         {"SystemStatus", call.at_least(40) ? json::array() : lines},
                         {"Plugins", json::object{{"Volume", json::array{"local"}},
                                                  {"Network", json::array{"bridge", "host", "null"}},
                                                  {"Authorization", nullptr},
                                                  {"Log", json::array{"json-file"}}}},
                         {"MemoryLimit", true},
                         {"SwapLimit", true},
                         {"CpuCfsPeriod", true},
                         {"CpuCfsQuota", true},
                         {"CPUShares", true},
                         {"CPUSet", true},
                         {"PidsLimit", true},
                         {"IPv4Forwarding", true},
                         {"OomKillDisable", true},
                         {"NCPU", cpus},
                         {"MemTotal", memory},
                         {"SystemTime", format_time(std::chrono::system_clock::now())},
                         {"KernelVersion", common(nodes, [](const Node& node) { return node.info.kernel_version; })},
                         {"OperatingSystem", "linux"},
                         {"OSType", "linux"},
                         {"Architecture", common(nodes, [](const Node& node) { return node.info.architecture; })},
                         {"ServerVersion", "swarm/" + call.api.options().version},
                         {"Name", call.api.options().name},
                         {"Labels", json::array()},
                         {"ExperimentalBuild", false},
                         {"Swarm", json::object{{"LocalNodeState", "inactive"}, {"NodeID", ""}}},
                         {"Warnings", warnings_json(nodes)}});
}

}  // namespace berth::swarm
