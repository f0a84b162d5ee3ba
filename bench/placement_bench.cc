// Placements a second: each is a decision and the change of the cluster that counts it, as the manager makes them under
// its lock. Every node begins with a container or three; in the long run each placement is followed by the removal of
// the oldest container, so that the cluster keeps its size.
#include <deque>
#include <string>

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

Request plain() { return parse_request({"", "", R"({"Image":"app:1","HostConfig":{}})"}); }

Request constrained() {
  return parse_request(
      {"", "", R"({"Image":"app:1","Env":["constraint:node.labels.disk==ssd","constraint:owner!=team-3"],
      "Labels":{"com.docker.swarm.preferences":"[\"spread=node.labels.zone\"]"}})"});
}

Request reserving() {
  return parse_request({"", "", R"({"Image":"app:1","HostConfig":{"NanoCpus":500000000,"Memory":536870912}})"});
}

// Nodes with containers, and the containers in the order of their making.
class Site {
 public:
  Site(std::int64_t nodes, Request request, Strategy strategy) : request_(std::move(request)) {
    options_.strategy = strategy;
    for (std::int64_t i = 0; i < nodes; ++i) cluster_.set_node(node_at(i));
    while (containers_.size() < static_cast<std::size_t>(nodes * kContainersPerNode)) add();
  }

  void add() {
    ++options_.seed;
    const Placement placement = place(cluster_, request_, options_);
    request_.name = "app-" + std::to_string(++made_);
    const NodeId& node = std::get<Decision>(placement).node->id;
    containers_.emplace_back("pending-" + std::to_string(made_));
    cluster_.set_container(container_of(request_, node, containers_.back()));
  }

  void remove_oldest() {
    cluster_.remove_container(containers_.front());
    containers_.pop_front();
  }

  Placement decide() {
    ++options_.seed;
    return place(cluster_, request_, options_);
  }

 private:
  Cluster cluster_;
  Request request_;
  Options options_;
  std::deque<ContainerId> containers_;
  std::size_t made_ = 0;
};

// A decision, the container's coming and another one's going.
void place_and_replace(benchmark::State& state, const Request& request, Strategy strategy) {
  Site site(state.range(0), request, strategy);
  for (auto _ : state) {
    site.add();
    site.remove_oldest();
  }
  state.SetItemsProcessed(state.iterations());
}

// The decision alone, on a cluster that does not change.
void decide(benchmark::State& state, const Request& request, Strategy strategy) {
  Site site(state.range(0), request, strategy);
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
BENCHMARK_CAPTURE(decide, spread, plain(), Strategy::kSpread)->Apply(sizes);
BENCHMARK_CAPTURE(decide, spread_constraints_preference, constrained(), Strategy::kSpread)->Apply(sizes);

}  // namespace
}  // namespace berth::swarm::placement

BENCHMARK_MAIN();
