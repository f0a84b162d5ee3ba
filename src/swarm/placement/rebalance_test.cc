#include "swarm/placement/rebalance.h"

#include <gtest/gtest.h>

#include "swarm/placement/cluster_text_test.h"

namespace berth::swarm::placement {
namespace {

std::string text_of(const MovePlan& plan) {
  std::string text;
  for (const Move& move : plan.moves) {
    text += move.name + ": " + move.from.value.substr(3) + " -> " + move.to.value.substr(3) + " (" + move.why + ")\n";
  }
  for (const Stuck& stuck : plan.stuck) text += stuck.name + " is stuck: " + stuck.why + "\n";
  return text;
}

std::string rebalanced(std::string_view cluster, const RebalanceOptions& options = {}) {
  return text_of(plan_rebalance(cluster_of(cluster), options));
}

std::string drained(std::string_view cluster, const std::string& node) {
  return text_of(plan_drain(cluster_of(cluster), NodeId("ID-" + node)));
}

void carry_out(Cluster& cluster, const MovePlan& plan) {
  for (const Move& move : plan.moves) {
    Container container = cluster.find_container(move.container).value();
    container.node = move.to;
    cluster.set_container(container);
  }
}

TEST(Rebalance, MovesFromTheFullestNodeUntilItIsEven) {
  EXPECT_EQ(rebalanced("a : u v w x\nb\nc : z"),
            "u: a -> b ('a' has 4 containers, 'b' 0)\nv: a -> b ('a' has 3 containers, 'b' 1)\n");
}

TEST(Rebalance, LeavesAloneWhatIsEvenEnough) {
  EXPECT_EQ(rebalanced("a : u v\nb : w\nc : x y"), "");
  EXPECT_EQ(rebalanced("a : u\nb"), "");
}

TEST(Rebalance, KeepsToItsBudget) {
  EXPECT_EQ(rebalanced("a : u v w x y z\nb", {.most_moves = 1}), "u: a -> b ('a' has 6 containers, 'b' 0)\n");
}

TEST(Rebalance, LooksAtWhatIsReserved) {
  EXPECT_EQ(rebalanced("a cpus=4 : u,cpus=2 v,cpus=2\nb cpus=4 : w x y z"),
            "u: a -> b (more of 'a' is reserved than of 'b' with it)\nw: b -> a ('b' has 5 containers, 'a' 1)\n"
            "x: b -> a ('b' has 4 containers, 'a' 2)\n");
}

TEST(Rebalance, ContainersWithVolumesAndThoseThatAreNeededStay) {
  EXPECT_EQ(rebalanced("a : u,volume=data v,volume=data w,volume=data x,net=n y,net=n\nb"), "");
}

TEST(Rebalance, MovesWhatItsNodeIsNotRightForAnyMore) {
  Cluster cluster = cluster_of("a disk=ssd\nb disk=hdd\nc");
  const Request request = request_for("{'Env':['constraint:disk==ssd']}", "web");
  cluster.set_container(container_of(request, NodeId("ID-b"), ContainerId("c"), false));
  EXPECT_EQ(text_of(plan_rebalance(cluster)), "web: b -> a (disk==ssd does not hold on 'b')\n");
  Node node = *cluster.find_node(NodeId("ID-a"));
  node.engine_labels.clear();
  cluster.set_node(node);
  EXPECT_EQ(text_of(plan_rebalance(cluster)),
            "web is stuck: disk==ssd does not hold on 'b'; Unable to find a node that satisfies the following "
            "conditions\n[disk==ssd] rules out 3 of 3 nodes (constraint)\n");
}

TEST(Rebalance, BinpackEmptiesTheEmptiestNodes) {
  EXPECT_EQ(rebalanced("a cpus=4 : u,cpus=1\nb cpus=4 : v,cpus=1 w,cpus=1\nc cpus=4 : x,cpus=1 y,cpus=1 z,cpus=1",
                       {.placement = {.strategy = Strategy::kBinpack}}),
            "u: a -> c ('a' can be emptied)\n");
}

TEST(Rebalance, PlansThatAreDoneLeaveNothingToPlan) {
  for (const Strategy strategy : {Strategy::kSpread, Strategy::kBinpack}) {
    const RebalanceOptions options{.placement = {.strategy = strategy}, .most_moves = 1000};
    Cluster cluster =
        cluster_of("a cpus=8 : a1 a2,cpus=1 a3,cpus=2 a4 a5,cpus=1\nb cpus=4 : b1 b2,cpus=3\nc cpus=2\nd cpus=8 : d1");
    for (int i = 0; i < 3; ++i) carry_out(cluster, plan_rebalance(cluster, options));
    EXPECT_EQ(text_of(plan_rebalance(cluster, options)), "") << name_of(strategy);
  }
}

TEST(Drain, EverythingGoesAndWhatBelongsTogetherStaysTogether) {
  EXPECT_EQ(drained("a : x,net=n y,net=n z\nb\nc", "a"),
            "x: a -> b ('a' is drained)\ny: a -> b ('a' is drained)\nz: a -> c ('a' is drained)\n");
}

TEST(Drain, TellsWhatCannotGo) {
  EXPECT_EQ(drained("a : x,volume=data y,cpus=2\nb cpus=1", "a"),
            "x is stuck: volume 'data' stays on the node\n"
            "y is stuck: no resources available to schedule container\n"
            "[active node] rules out 1 of 2 nodes (availability)\n[2 CPUs] rules out 2 of 2 nodes (resources)\n");
}

TEST(Drain, WhatSharesANetworkWithOneThatStaysStaysToo) {
  EXPECT_EQ(drained("a : db,volume=data,net=n x,net=n y\nb", "a"),
            "y: a -> b ('a' is drained)\ndb is stuck: volume 'data' stays on the node\n"
            "x is stuck: network 'n' is with 'db', which stays\n");
}

}  // namespace
}  // namespace berth::swarm::placement
