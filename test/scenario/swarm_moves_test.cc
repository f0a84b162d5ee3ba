// Containers that move while they run: drains and rebalancing, on real engines.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/swarm.h"

namespace berth::scenario {
namespace {

using testing::HasSubstr;
using testing::Not;

class SwarmMoves : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    swarm.emplace(GetParam(), 3);
    for (const std::string& node : swarm->nodes()) swarm->lab().add_test_images(node);
  }

  void run_container(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words = {"run", "-d", "--stop-timeout", "1", "--name", name};
    words.insert(words.end(), options.begin(), options.end());
    for (const char* word : {"berth/test:1", "sleep", "10000"}) words.emplace_back(word);
    swarm->docker_text(words);
  }
  std::string node_of(const std::string& container) {
    const Output said = swarm->docker({"inspect", "-f", "{{.Node.Name}}", container});
    return said.status.ok() ? std::string(trim(said.out)) : "";
  }
  // "web@node-1 ...", of all containers, sorted.
  std::string places() {
    std::vector<std::string> all;
    for (const std::string& name : split(swarm->docker_text({"ps", "-a", "--format", "{{.Names}}"}), '\n')) {
      all.push_back(name + "@" + node_of(name));
    }
    std::sort(all.begin(), all.end());
    return join(all, " ");
  }
  std::optional<Swarm> swarm;
};

INSTANTIATE_TEST_SUITE_P(Engines, SwarmMoves, testing::Values(Generation::kOld), name_of);

TEST_P(SwarmMoves, ADrainedNodeIsEmptiedOfWhatMayMove) {
  for (const char* name : {"web-1", "web-2"}) run_container(name, {"-e", "constraint:node==~node-1", "-p", "80"});
  run_container("healthy", {"-e", "constraint:node==~node-1", "--health-cmd", "true", "--health-interval", "1s"});
  run_container("data", {"-e", "constraint:node==~node-1", "-v", "data:/data"});
  run_container("bound", {"-e", "constraint:node==~node-1", "-v", "/tmp:/host"});
  run_container("pinned", {"-e", "constraint:node==node-1"});
  run_container("brief", {"-e", "constraint:node==~node-1", "--rm"});
  // Its check fails wherever it is: the move is taken back.
  run_container("sick", {"-e", "constraint:node==~node-1", "--health-cmd", "false", "--health-interval", "200ms",
                         "--health-retries", "1"});
  const std::string sick = swarm->docker_text({"inspect", "-f", "{{.Id}}", "sick"});
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  wait_until(
      [&] { return node_of("web-1") != "node-1" && node_of("web-2") != "node-1" && node_of("healthy") != "node-1"; });
  std::string why;
  wait_until([&] {
    why = swarm->docker_text({"node", "inspect", "-f", "{{.Status.Message}}", "node-1"});
    return why.find("'sick' stays") != std::string::npos;
  });
  EXPECT_THAT(why, HasSubstr("volume 'data' stays on the node"));
  EXPECT_THAT(why, HasSubstr("'/tmp' of the node is mounted"));
  EXPECT_THAT(why, HasSubstr("'pinned' stays: Unable to find a node"));
  EXPECT_THAT(why, HasSubstr("it is removed when it ends (--rm)"));
  EXPECT_THAT(why, HasSubstr("the new container is unhealthy"));
  EXPECT_EQ(swarm->docker_text({"inspect", "-f", "{{.Id}} {{.State.Running}}", "sick"}), sick + " true");
  EXPECT_EQ(split(swarm->docker_text({"ps", "-aq"}), '\n').size(), 8U);
  EXPECT_EQ(split(swarm->docker_text_on("node-1", {"ps", "-aq"}), '\n').size(), 5U);
}

TEST_P(SwarmMoves, RebalancingEvensOutAndIsDoneThen) {
  const auto others = [&](const std::string& availability) {
    for (const char* node : {"node-2", "node-3"}) {
      swarm->docker_text({"node", "update", "--availability", availability, node});
    }
  };
  others("pause");
  for (const char* name : {"web-1", "web-2", "web-3", "web-4"}) run_container(name);
  run_container("off", {"-e", "reschedule:off"});
  others("active");
  const Output plan = swarm->berth({"swarm", "rebalance", "--plan"});
  EXPECT_EQ(plan.status.code, 2) << plan.out << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("'node-1' has 5 containers"));
  EXPECT_THAT(places(), HasSubstr("web-4@node-1"));
  const Output one = swarm->berth({"swarm", "rebalance", "--max-moves", "1", "--progress", "plain"});
  EXPECT_EQ(one.status.code, 0) << one.out << one.err;
  EXPECT_THAT(one.out, HasSubstr("Plan: 1 to move"));
  EXPECT_THAT(one.err, HasSubstr("moved"));
  EXPECT_EQ(swarm->berth({"swarm", "rebalance", "--format", "json"}).status.code, 0);
  const Output done = swarm->berth({"swarm", "rebalance", "--plan"});
  EXPECT_EQ(done.status.code, 0) << done.out;
  EXPECT_THAT(done.out, HasSubstr("Nothing to move"));
  EXPECT_THAT(places(), HasSubstr("off@node-1"));
  EXPECT_EQ(split(swarm->docker_text({"ps", "-q"}), '\n').size(), 5U);
  EXPECT_THAT(swarm->berth({"swarm", "rebalance", "-H", swarm->lab().docker_host("node-2")}).err,
              HasSubstr("no `berth swarm manage`"));
}

TEST_P(SwarmMoves, AMoveInWhichTheManagerIsKilledIsTakenBackOrFinished) {
  run_container("slow", {"-e", "constraint:node==~node-1", "--health-cmd", "false", "--health-interval", "1s",
                         "--health-retries", "100"});
  const std::string id = swarm->docker_text({"inspect", "-f", "{{.Id}}", "slow"});
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  const std::string moving = id.substr(0, 12) + "_slow";
  wait_until([&] { return swarm->docker({"inspect", moving}).status.ok(); });
  const std::string other = node_of(moving);
  swarm->kill_manager();
  // Its old one is there: it is given up, and begun anew as the node is still drained.
  swarm->start_manager();
  wait_until([&] { return swarm->log().find("gave up moving 'slow'") != std::string::npos; });
  wait_until([&] { return swarm->docker({"inspect", moving}).status.ok(); });
  const std::string second = node_of(moving);
  swarm->kill_manager();
  // Its old one has gone: it takes the place.
  swarm->docker_text_on("node-1", {"rm", "-f", "slow"});
  swarm->start_manager();
  wait_until([&] { return node_of("slow") == second; });
  EXPECT_FALSE(swarm->docker({"inspect", moving}).status.ok());
  EXPECT_EQ(split(swarm->docker_text({"ps", "-aq"}), '\n').size(), 1U);
}

}  // namespace
}  // namespace berth::scenario
