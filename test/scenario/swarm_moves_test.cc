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
  run_container("data",
                {"-e", "constraint:node==~node-1", "-v", "data:/data", "--label", "com.docker.swarm.volumes=stay"});
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
  EXPECT_THAT(why, HasSubstr("volume 'data' is to stay"));
  EXPECT_THAT(why, HasSubstr("'/tmp' of the node is mounted"));
  EXPECT_THAT(why, HasSubstr("'pinned' stays: Unable to find a node"));
  EXPECT_THAT(why, HasSubstr("it is removed when it ends (--rm)"));
  EXPECT_THAT(why, HasSubstr("the new container is unhealthy"));
  EXPECT_EQ(swarm->docker_text({"inspect", "-f", "{{.Id}} {{.State.Running}}", "sick"}), sick + " true");
  EXPECT_EQ(split(swarm->docker_text({"ps", "-aq"}), '\n').size(), 8U);
  EXPECT_EQ(split(swarm->docker_text_on("node-1", {"ps", "-aq"}), '\n').size(), 5U);
}

TEST_P(SwarmMoves, ADrainTakesNamedVolumesAlong) {
  run_container("db",
                {"-e", "constraint:node==~node-1", "-v", "data:/data", "-v", "more:/data/more", "--label", "a=b"});
  swarm->docker_text({"exec", "db", "sh", "-c",
                      "echo kept > /data/file; mkdir -p /data/folder; chown 1000:1000 /data/folder; chmod 1770 /data;"
                      "ln -s file /data/link; ln /data/file /data/hard; mkfifo /data/pipe; echo m > /data/more/m;"
                      "dd if=/dev/urandom of=/data/large bs=1M count=20 2>/dev/null; touch -d 2020-01-01 /data/file"});
  const std::vector<std::string> look = {
      "exec", "db", "sh", "-c",
      "cd /data; find . | sort; stat -c '%n %a %u %g %Y' . folder file; md5sum large; cat hard"};
  const std::string before = swarm->docker_text(look);
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  wait_until([&] { return node_of("db") != "" && node_of("db") != "node-1"; });
  wait_until([&] { return split(swarm->docker_text({"ps", "-aq"}), '\n').size() == 1; });
  EXPECT_EQ(swarm->docker_text(look), before);
  EXPECT_EQ(swarm->docker_text_on("node-1", {"volume", "ls", "-q"}), "");
  EXPECT_EQ(swarm->docker_text_on(node_of("db"), {"volume", "ls", "-q"}), "data\nmore");
  EXPECT_THAT(swarm->log(), HasSubstr("copied volume 'data' of 'db' from 'node-1'"));

  // And back, when it is asked for.
  const std::string there = node_of("db");
  swarm->docker_text({"node", "update", "--availability", "active", "node-1"});
  run_container("second", {"-e", "constraint:node==" + there});
  run_container("third", {"-e", "constraint:node==" + there});
  swarm->docker_text({"rm", "-f", "second"});
  EXPECT_THAT(swarm->berth({"swarm", "rebalance", "--plan"}).out, Not(HasSubstr("db")));
  const Output moved = swarm->berth({"swarm", "rebalance", "--volumes", "--progress", "plain"});
  EXPECT_EQ(moved.status.code, 0) << moved.out << moved.err;
  EXPECT_EQ(swarm->docker_text(look), before);
}

TEST_P(SwarmMoves, AVolumeIsNotLostWhenItsMoveIsGivenUp) {
  // It is healthy on node-1 alone.
  run_container("db", {"-e", "constraint:node==~node-1", "-v", "data:/data", "--health-cmd",
                       "test -e /data/$(hostname)", "--health-interval", "200ms", "--health-retries", "2"});
  swarm->docker_text({"exec", "db", "sh", "-c", "touch /data/$(hostname)"});
  const std::string id = swarm->docker_text({"inspect", "-f", "{{.Id}}", "db"});
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  std::string why;
  wait_until([&] {
    why = swarm->docker_text({"node", "inspect", "-f", "{{.Status.Message}}", "node-1"});
    return why.find("'db' stays") != std::string::npos;
  });
  EXPECT_THAT(why, HasSubstr("the new container is unhealthy"));
  EXPECT_EQ(swarm->docker_text({"inspect", "-f", "{{.Id}} {{.State.Running}}", "db"}), id + " true");
  for (const char* node : {"node-2", "node-3"}) {
    EXPECT_EQ(swarm->docker_text_on(node, {"volume", "ls", "-q"}) + swarm->docker_text_on(node, {"ps", "-aq"}), "");
  }
  swarm->docker_text({"node", "update", "--availability", "active", "node-1"});

  // The node has another volume of that name.
  for (const char* node : {"node-2", "node-3"}) swarm->docker_text_on(node, {"volume", "create", "data"});
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  wait_until([&] {
    why = swarm->docker_text({"node", "inspect", "-f", "{{.Status.Message}}", "node-1"});
    return why.find("of its own") != std::string::npos;
  });
  EXPECT_EQ(swarm->docker_text({"inspect", "-f", "{{.Id}} {{.State.Running}}", "db"}), id + " true");
}

TEST_P(SwarmMoves, AManagerThatIsKilledWhileItCopiesVolumesLosesNothing) {
  run_container("db", {"-e", "constraint:node==~node-1", "-v", "data:/data"});
  swarm->docker_text({"exec", "db", "sh", "-c",
                      "dd if=/dev/zero of=/data/large bs=1M count=300 2>/dev/null; md5sum "
                      "/data/large > /data/sum"});
  const std::string id = swarm->docker_text({"inspect", "-f", "{{.Id}}", "db"});
  swarm->docker_text({"node", "update", "--availability", "drain", "node-1"});
  wait_until([&] { return swarm->docker_text_on("node-1", {"inspect", "-f", "{{.State.Running}}", id}) == "false"; });
  swarm->kill_manager();
  EXPECT_EQ(swarm->docker_text_on("node-1", {"inspect", "-f", "{{.State.Running}}", id}), "false");
  swarm->start_manager();
  wait_until([&] { return node_of("db") != "" && node_of("db") != "node-1"; });
  wait_until([&] { return swarm->docker_text({"ps", "-a", "--format", "{{.Names}}"}) == "db"; });
  EXPECT_THAT(swarm->docker_text({"exec", "db", "md5sum", "-c", "/data/sum"}), HasSubstr("OK"));
  EXPECT_EQ(swarm->docker_text_on("node-1", {"volume", "ls", "-q"}), "");
  EXPECT_EQ(swarm->docker_text({"volume", "ls", "-q"}), "data");
}

TEST_P(SwarmMoves, WhatHasAVolumeWaitsForItsDeadNodeUnlessItAbandonsIt) {
  for (const char* name : {"db", "cache"}) {
    run_container(
        name, {"-e", "constraint:node==~node-1", "-e", "reschedule:on-node-failure", "-v", std::string(name) + ":/data",
               "--label", std::string(name) == "cache" ? "com.docker.swarm.volumes=abandon" : "a=b"});
  }
  for (const char* name : {"db", "cache"}) {
    wait_until([&] { return swarm->log().find("knows how to make '" + std::string(name) + "'") != std::string::npos; });
  }
  swarm->lab().machines().kill(soon(), "node-1", [](std::string_view) {});
  wait_until([&] { return node_of("cache") != "" && node_of("cache") != "node-1"; });
  wait_until([&] { return swarm->log().find("it waits for the node") != std::string::npos; });
  swarm->lab().machines().start(soon(), "node-1", [](std::string_view) {});
  wait_until([&] { return node_of("db") == "node-1"; });
  EXPECT_THAT(swarm->docker({"run", "-d", "--label", "com.docker.swarm.volumes=maybe", "berth/test:1"}).err,
              HasSubstr("give 'stay'"));
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
