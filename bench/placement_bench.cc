// Placements a second: each is a decision and the change of the cluster that counts it, as the manager makes them under
// its lock, and the removal of an older container, so that the cluster keeps its size. Every node has ten others.
#include <deque>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "swarm/placement/scheduler.h"

namespace berth::swarm::placement {
namespace {

constexpr std::int64_t kContainersPerNode = 10;

Node node_at(std::int64_t i) {
  Node node;
  const std::string number = std::to_string(1'000'000 + i).substr(1);
  node.id = NodeId("ABCD:EFGH:IJKL:MNOP:QRST:UVWX:YZ23:4567:ABCD:EFGH:IJKL:" + number);
  node.name = "node-" + number;
  node.labels = {{"zone", "zone-" + std::to_string(i % 10)}, {"disk", i % 3 == 0 ? "hdd" : "ssd"}};
  node.engine_labels = {{"storage", "nvme"}, {"owner", "team-" + std::to_string(i % 7)}};
  node.os = "linux";
  node.architecture = "x86_64";
  node.capacity = {64'000'000'000, Bytes(std::int64_t{256} << 30), {}};
  return node;
}

using Requests = std::vector<Request>;

Request request_for(std::string_view body) { return parse_request({"", "", body}); }

Requests plain() { return {request_for(R"({"Image":"app:1","HostConfig":{}})")}; }

Requests constrained() {
  return {request_for(R"({"Image":"app:1","Env":["constraint:node.labels.disk==ssd","constraint:owner!=team-3"],
      "Labels":{"com.docker.swarm.preferences":"[\"spread=node.labels.zone\"]"}})")};
}

Requests reserving() {
  return {request_for(R"({"Image":"app:1","HostConfig":{"NanoCpus":500000000,"Memory":536870912}})")};
}

// One on a node, for half of the nodes.
Requests host_port() {
  return {request_for(R"({"Image":"app:1","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"80"}]}}})")};
}

// A thousand services that are asked for in turn, each of them one on a node and spread over zones.
Requests services() {
  Requests requests;
  for (int i = 0; i < 1000; ++i) {
    requests.push_back(request_for(R"({"Image":"app:1","Env":["constraint:node.labels.disk==ssd"],"Labels":{
        "com.docker.swarm.preferences":"[\"spread=node.labels.zone\"]",
        "com.docker.swarm.max-replicas-per-node":"1","com.docker.swarm.group":"service-)" +
                                   std::to_string(i) + R"("}})"));
  }
  return requests;
}

Requests impossible() { return {request_for(R"({"Image":"app:1","Env":["constraint:node.labels.disk==tape"]})")}; }

class Site {
 public:
  Site(std::int64_t nodes, Requests requests, Strategy strategy) : requests_(plain()) {
    for (std::int64_t i = 0; i < nodes; ++i) cluster_.set_node(node_at(i));
    for (std::int64_t i = 0; i < nodes * kContainersPerNode; ++i) add();
    containers_.clear();
    requests_ = std::move(requests);
    options_.strategy = strategy;
  }

  Placement decide() {
    ++options_.seed;
    next_ = next_ + 1 < requests_.size() ? next_ + 1 : 0;
    return place(cluster_, requests_[next_], options_);
  }

  void add() {
    const Placement placement = decide();
    Request& request = requests_[next_];
    request.name = "app-" + std::to_string(++made_);
    const NodeId& node = std::get<Decision>(placement).node->id;
    containers_.emplace_back("pending-" + std::to_string(made_));
    cluster_.set_container(container_of(request, node, containers_.back()));
  }

  void remove_oldest() {
    cluster_.remove_container(containers_.front());
    containers_.pop_front();
  }

 private:
  Cluster cluster_;
  Requests requests_;
  std::size_t next_ = 0;
  Options options_;
  std::deque<ContainerId> containers_;
  std::size_t made_ = 0;
};

// A decision, the container's coming and another one's going.
void place_and_replace(benchmark::State& state, const Requests& requests, Strategy strategy) {
  Site site(state.range(0), requests, strategy);
  for (std::int64_t i = 0; i < state.range(0) / 2; ++i) site.add();
  for (auto _ : state) {
    site.add();
    site.remove_oldest();
  }
  state.SetItemsProcessed(state.iterations());
}

// The decision alone, on a cluster that does not change.
void decide(benchmark::State& state, const Requests& requests, Strategy strategy) {
  Site site(state.range(0), requests, strategy);
  for (auto _ : state) benchmark::DoNotOptimize(site.decide());
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t nodes : {100, 1'000, 10'000, 100'000}) bench->Arg(nodes);
}

BENCHMARK_CAPTURE(place_and_replace, spread, plain(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, spread_constraints_preference, constrained(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, spread_reserving, reserving(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, binpack_reserving, reserving(), Strategy::kBinpack)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, random, plain(), Strategy::kRandom)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, spread_host_port, host_port(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(place_and_replace, spread_1000_services, services(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(decide, spread, plain(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(decide, spread_constraints_preference, constrained(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(decide, refusal, impossible(), Strategy::kSpread)->Apply(sizes);

}  // namespace
}  // namespace berth::swarm::placement

BENCHMARK_MAIN();
