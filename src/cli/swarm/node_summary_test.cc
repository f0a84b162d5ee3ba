#include "cli/swarm/node_summary.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/template.h"

namespace berth::cli {
namespace {

constexpr const char* kNodes = R"([
  {"ID": "AAAA", "Spec": {"Labels": {"zone": "a", "ssd": ""}, "Availability": "active"},
   "Description": {"Hostname": "node-1", "Resources": {"NanoCPUs": 4000000000, "MemoryBytes": 8589934592},
                   "Engine": {"EngineVersion": "28.5.2"}},
   "Status": {"State": "ready", "Message": "", "Addr": "10.0.0.1:2376"},
   "Berth": {"State": "healthy", "StateSince": "2026-01-02T03:04:05Z", "Containers": 3, "Running": 2,
             "ReservedNanoCPUs": 1500000000, "ReservedMemoryBytes": 67108864, "Staying": []}},
  {"ID": "10.0.0.2:2376", "Spec": {"Labels": {}, "Availability": "drain"},
   "Description": {"Hostname": "10.0.0.2:2376", "Resources": {"NanoCPUs": 2000000000}, "Engine": {}},
   "Status": {"State": "down", "Message": "connection refused", "Addr": "10.0.0.2:2376"},
   "Berth": {"State": "unreachable", "Containers": 1, "Running": 1, "ReservedNanoCPUs": 0}}])";

std::string shown(const std::string& format) {
  std::vector<json::value> rows;
  for (const NodeSummary& node : read_nodes(parse_json(kNodes))) rows.push_back(node_row(node));
  return format_rows(format, rows, node_headers());
}

TEST(NodeSummary, ShowsStatesAndReservations) {
  EXPECT_EQ(shown("{{.Hostname}} {{.State}} {{.Running}}/{{.Containers}} {{.CPUUsage}} {{.MemoryUsage}} {{.Labels}}"),
            "node-1 healthy 2/3 1.5 / 4 64MiB / 8GiB ssd,zone=a\n"
            "10.0.0.2:2376 unreachable 1/1 0 / 2 0B / 0B \n");
  EXPECT_EQ(shown("table {{.Hostname}}\t{{.Reason}}"),
            "HOSTNAME        REASON\n"
            "node-1          \n"
            "10.0.0.2:2376   connection refused\n");
}

TEST(NodeSummary, IsNumbersForPrograms) {
  const std::string text = shown("json");
  const json::value first = parse_json(text.substr(0, text.find('\n')));
  EXPECT_EQ(format_json(*find(first, "ReservedCPUs")), "1.5");
  EXPECT_EQ(format_json(*find(first, "CPUs")), "4");
  EXPECT_EQ(integer_of(first, "Memory"), 8589934592);
}

TEST(NodeSummary, TotalsCountTheRoomOfHealthyNodesOnly) {
  EXPECT_EQ(totals_text(totals_of(read_nodes(parse_json(kNodes)))),
            "2 nodes (1 healthy, 1 unreachable), 3 of 4 containers run, cpus 1.5 / 4, memory 64MiB / 8GiB");
}

TEST(NodeSummary, RefusesNodesOfSwarmMode) {
  try {
    read_nodes(parse_json(R"([{"ID": "x", "Spec": {}, "Status": {"State": "ready"}}])"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kUnsupported);
    EXPECT_NE(e.message().find("docker node"), std::string::npos);
  }
}

}  // namespace
}  // namespace berth::cli
