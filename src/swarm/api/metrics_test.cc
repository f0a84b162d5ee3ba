#include "swarm/api/metrics.h"

#include <gtest/gtest.h>

#include "swarm/api/prometheus_for_tests.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;

// Of a pool of two nodes that cannot be reached.
class Metrics : public testing::Test {
 protected:
  Metrics() : pool(PoolOptions{.connectors = 1, .refreshers = 1}) {
    pool.set_members({{"unix:///nowhere/1", {}, ""}, {"unix:///nowhere/2", {}, ""}});
  }
  PrometheusText read(bool leads = true) {
    return PrometheusText(metrics_text(pool, requests, {.version = "1.0 \"beta\"\n", .leads = leads}));
  }
  Pool pool;
  RequestMetrics requests;
};

TEST_F(Metrics, AreReadByPrometheusAlsoWithStrangeTexts) {
  EXPECT_EQ(read().value(R"(berth_swarm_info{version="1.0 \"beta\"\n",strategy="spread"})"), 1);
}

TEST_F(Metrics, TellNodesOfEveryStateThereIs) {
  const PrometheusText text = read();
  double nodes = 0;
  for (const char* state : {"pending", "healthy", "unhealthy", "unreachable", "disconnected"}) {
    nodes += text.value("berth_swarm_nodes{state=\"" + std::string(state) + "\"}");
  }
  EXPECT_EQ(nodes, 2);
  EXPECT_EQ(text.value("berth_swarm_nodes_available{availability=\"active\"}"), 2);
  EXPECT_EQ(text.value("berth_swarm_containers{state=\"running\"}"), 0);
}

TEST_F(Metrics, CountRequestsByRouteAndStatusInBucketsOfTime) {
  requests.note({"GET", "/containers/{name}/json", 200}, 700us);
  requests.note({"GET", "/containers/{name}/json", 200}, 20s);
  requests.note({"GET", "/containers/{name}/json", 404}, 1us);
  const PrometheusText text = read();
  const std::string name = "berth_swarm_request_duration_seconds";
  const std::string route = R"({method="GET",route="/containers/{name}/json",status="200")";
  EXPECT_EQ(text.type(name), "histogram");
  EXPECT_EQ(text.value(name + "_bucket" + route + ",le=\"0.0005\"}"), 0);
  EXPECT_EQ(text.value(name + "_bucket" + route + ",le=\"0.001\"}"), 1);
  EXPECT_EQ(text.value(name + "_bucket" + route + ",le=\"10\"}"), 1);
  EXPECT_EQ(text.value(name + "_bucket" + route + ",le=\"+Inf\"}"), 2);
  EXPECT_NEAR(text.value(name + "_sum" + route + "}"), 20.0007, 1e-9);
  EXPECT_EQ(text.value(name + R"(_count{method="GET",route="/containers/{name}/json",status="404"})"), 1);
}

TEST_F(Metrics, CountWhatThePoolDoes) {
  pool.reserve(placement::parse_request({"web", "", R"({"Image": "nginx"})"}));
  ++pool.counters().reschedules;
  const PrometheusText text = read(false);
  EXPECT_EQ(text.value("berth_swarm_refusals_total"), 1);
  EXPECT_EQ(text.value("berth_swarm_placements_total"), 0);
  EXPECT_EQ(text.value("berth_swarm_reschedules_total"), 1);
  EXPECT_EQ(text.value("berth_swarm_leader"), 0);
}

TEST_F(Metrics, TellOfTheProcessUnderTheNamesOfPrometheusOwnLibraries) {
  const PrometheusText text = read();
  EXPECT_GT(text.value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(text.value("process_open_fds"), 2);
  EXPECT_GE(text.value("process_max_fds"), text.value("process_open_fds"));
  EXPECT_GT(text.value("process_start_time_seconds"), 1.7e9);
}

}  // namespace
}  // namespace berth::swarm
