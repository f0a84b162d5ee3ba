// What becomes of a pool's containers when engines die, hang or are cut off, and when the manager does.
#include <chrono>
#include <csignal>
#include <future>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/error.h"
#include "base/strings.h"
#include "machine/local_network.h"
#include "scenario/cli.h"
#include "scenario/swarm.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

const machine::Say kQuiet = [](std::string_view) {};

class SwarmFailover : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    swarm.emplace(GetParam(), 3);
    for (const std::string& node : swarm->nodes()) swarm->lab().add_test_images(node);
  }

  // Of the node that `docker info` shows.
  std::string state_of(const std::string& node) {
    const std::string info = swarm->docker_text({"info"});
    const std::size_t at = info.find(" " + node + ": ");
    const std::size_t status = info.find("Status: ", at) + 8;
    return at == std::string::npos ? "gone" : info.substr(status, info.find('\n', status) - status);
  }

  // What the manager said last, where a condition did not come true.
  void TearDown() override {
    if (HasFailure() && swarm) std::cerr << "it said last: " << last_said_ << "\n" << swarm->docker({"info"}).out;
  }

  // Empty while its engine does not tell.
  std::string node_of(const std::string& container) {
    const Output said = swarm->docker({"inspect", "-f", "{{.Node.Name}}", container});
    last_said_ = said.out + said.err;
    return said.status.ok() ? std::string(trim(said.out)) : "";
  }

  // Seconds until `holds`.
  static double seconds_until(const std::function<bool()>& holds) {
    const auto begin = Clock::now();
    wait_until(holds);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  void run_container(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words = {"run", "-d", "--name", name};
    words.insert(words.end(), options.begin(), options.end());
    for (const char* word : {"berth/test:1", "sleep", "10000"}) words.emplace_back(word);
    swarm->docker_text(words);
  }

  void kill_engine(const std::string& node) { swarm->lab().machines().kill(soon(), node, kQuiet); }
  void start_engine(const std::string& node) { swarm->lab().machines().start(soon(), node, kQuiet); }

  // Its end of the bridge: "down" cuts the node off, "up" brings it back.
  void plug(const std::string& node, const std::string& state) {
    const std::string id = Path(swarm->lab().docker_host(node)).parent_path().filename();
    run_checked(soon(), {"ip", "link", "set", machine::local_network::port_name(id), state});
  }

  // Process id of the node's dockerd, as it is seen from here.
  pid_t engine_process(const std::string& node) {
    const Path folder = Path(swarm->lab().docker_host(node).substr(7)).parent_path();
    const std::string option = "--config-file=" + (folder / "daemon.json").string();
    for (const std::string& line :
         split(run_checked(soon(), {"ps", "-ww", "-C", "dockerd", "-o", "pid=,args="}), '\n')) {
      const auto [pid, command] = cut(trim(line), ' ');
      if (command && command->find(option) != std::string_view::npos) {
        return static_cast<pid_t>(parse_integer(pid).value_or(0));
      }
    }
    return 0;
  }

  std::optional<Swarm> swarm;

 private:
  std::string last_said_;
};

INSTANTIATE_TEST_SUITE_P(Engines, SwarmFailover, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(SwarmFailover, WhatADeadNodeHadRunsElsewhereWithinFiveSecondsAndOnlyOnceWhenItReturns) {
  run_container(
      "web", {"-e", "reschedule:on-node-failure", "-e", "A=b", "--label", "tier=front", "-m", "64m", "-p", "18080:80"});
  run_container("stays");
  const std::string id = swarm->docker_text({"inspect", "-f", "{{.Id}}", "web"});
  const std::string dead = node_of("web");
  // The recipe is asked for while the engine lives.
  wait_until([&] { return swarm->log().find("knows how to make 'web'") != std::string::npos; });
  const auto begin = Clock::now();
  kill_engine(dead);
  wait_until([&] { return node_of("web") != "" && node_of("web") != dead; });
  EXPECT_LT(std::chrono::duration<double>(Clock::now() - begin).count(), 5.0);

  const std::string what = swarm->docker_text(
      {"inspect", "-f", "{{.Config.Env}} {{.Config.Labels.tier}} {{.HostConfig.Memory}} {{.HostConfig.PortBindings}}",
       "web"});
  EXPECT_THAT(what, HasSubstr("A=b"));
  EXPECT_THAT(what, HasSubstr("front 67108864"));
  EXPECT_THAT(what, HasSubstr("18080"));

  start_engine(dead);
  wait_until([&] { return state_of(dead) == "Healthy"; });
  wait_until([&] { return swarm->docker_on(dead, {"inspect", id}).status.ok() == false; });
  EXPECT_EQ(split(swarm->docker_text({"ps", "-aq", "--filter", "name=^web$"}), '\n').size(), 1U);
}

TEST_P(SwarmFailover, WhatADeadNodeHadComesBackThoughTheManagerDiedFirst) {
  swarm->docker_text({"network", "create", "front"});
  run_container("web", {"-e", "reschedule:on-node-failure", "-e", "constraint:node!=node-3", "--label", "tier=front",
                        "-p", "18080:80", "--network", "front", "--network-alias", "www"});
  const std::string id = swarm->docker_text({"inspect", "-f", "{{.Id}}", "web"});
  const std::string dead = node_of("web");
  wait_until([&] { return swarm->log().find("knows how to make 'web'") != std::string::npos; });
  // It may have been learned between its creation and its start; that it runs is learned from the start's event.
  wait_until([&] { return swarm->stored().find(R"("State":"running")") != std::string::npos; });
  swarm->kill_manager();
  kill_engine(dead);
  const auto begin = Clock::now();
  swarm->start_manager(1);
  EXPECT_THAT(swarm->docker({"run", "-d", "--name", "web", "berth/test:1", "true"}).err,
              HasSubstr("The name web is already assigned"));
  wait_until([&] {
    const Output said = swarm->docker({"inspect", "-f", "{{.Node.Name}} {{.State.Running}}", "web"});
    return said.status.ok() && trim(said.out) != dead + " true" && said.out.find("true") != std::string::npos;
  });
  EXPECT_LT(std::chrono::duration<double>(Clock::now() - begin).count(), 10.0);
  const std::string what = swarm->docker_text(
      {"inspect", "-f",
       "{{.Node.Name}} {{.State.Running}} {{.Config.Labels.tier}} {{.HostConfig.PortBindings}} "
       "{{json .NetworkSettings.Networks.front.Aliases}} {{index .Config.Labels \"com.docker.swarm.constraints\"}}",
       "web"});
  EXPECT_THAT(what, HasSubstr(dead == "node-1" ? "node-2 true front" : "node-1 true front"));
  EXPECT_THAT(what, HasSubstr("18080"));
  EXPECT_THAT(what, HasSubstr("\"www\""));
  EXPECT_THAT(what, HasSubstr("node!=node-3"));

  // The manager dies once more before the node returns with its old copy.
  swarm->kill_manager();
  swarm->start_manager(1);
  start_engine(dead);
  wait_until([&] { return swarm->docker_on(dead, {"inspect", id}).status.ok() == false; });
  EXPECT_EQ(split(swarm->docker_text({"ps", "-aq", "--filter", "name=^web$"}), '\n').size(), 1U);
}

TEST_P(SwarmFailover, WhatWasCopiedInBeforeTheStartIsThereElsewhereToo) {
  const TemporaryFolder folder;
  const Path token = folder.path() / "token";
  write_file(token, "a secret\n", 0640);
  swarm->docker_text({"create", "--name", "web", "-e", "reschedule:on-node-failure", "--label",
                      R"(io.berth.compose.copied=["/etc/shop/token"])", "berth/test:1", "sh", "-c",
                      "cat /etc/shop/token && exec idle"});
  swarm->docker_text({"cp", folder.path().string() + "/.", "web:/etc/shop/"});
  swarm->docker_text({"start", "web"});
  const auto look = [&] { return swarm->docker_text({"exec", "web", "ls", "-ln", "/etc/shop/token"}); };
  const std::string before = look();
  const std::string dead = node_of("web");
  wait_until([&] { return swarm->stored().find(R"("State":"running")") != std::string::npos; });
  kill_engine(dead);
  wait_until([&] {
    const Output said = swarm->docker({"inspect", "-f", "{{.Node.Name}} {{.State.Running}}", "web"});
    return said.status.ok() && trim(said.out) != dead + " true" && said.out.find("true") != std::string::npos;
  });
  EXPECT_EQ(look(), before);
  EXPECT_EQ(swarm->docker_text({"exec", "web", "cat", "/etc/shop/token"}), "a secret");
  start_engine(dead);
}

TEST_P(SwarmFailover, ACallToAHostThatIsCutOffEndsWithAnError) {
  run_container("web");
  const std::string node = node_of("web");
  auto call = std::async(std::launch::async,
                         [&] { return swarm->docker({"exec", "web", "sh", "-c", "touch /begun; exec sleep 1000"}); });
  wait_until([&] { return swarm->docker({"exec", "web", "ls", "/begun"}).status.ok(); });
  plug(node, "down");
  // Both throw kTimeout when it goes on for a minute.
  EXPECT_FALSE(swarm->docker({"top", "web"}).status.ok()) << "begun when nobody knew of it yet";
  EXPECT_FALSE(call.get().status.ok()) << "under way";
  plug(node, "up");
}

TEST_P(SwarmFailover, WhatDidNotAskForItStaysWithItsNode) {
  run_container("stays");
  const std::string node = node_of("stays");
  kill_engine(node);
  wait_until([&] { return state_of(node) == "Unreachable"; });
  EXPECT_THAT(swarm->docker({"inspect", "stays"}).err, HasSubstr("node '" + node + "' is unreachable"));
  start_engine(node);
  wait_until([&] { return state_of(node) == "Healthy"; });
  EXPECT_EQ(swarm->docker_text({"ps", "-aq", "--filter", "name=^stays$"}).size(), 12U);
}

TEST_P(SwarmFailover, ACutOffHostIsNoticedWithinTwoSeconds) {
  const std::string node = swarm->nodes()[1];
  plug(node, "down");
  EXPECT_LT(seconds_until([&] { return state_of(node) != "Healthy"; }), 2.0);
  plug(node, "up");
  wait_until([&] { return state_of(node) == "Healthy"; });
}

TEST_P(SwarmFailover, AHungEngineIsNoticedWithinTenSecondsAndTakenBackWhenItAnswers) {
  const std::string node = swarm->nodes()[2];
  const pid_t engine = engine_process(node);
  ASSERT_GT(engine, 0);
  ::kill(engine, SIGSTOP);
  EXPECT_LT(seconds_until([&] { return state_of(node) == "Unhealthy"; }), 10.5);
  ::kill(engine, SIGCONT);
  wait_until([&] { return state_of(node) == "Healthy"; });
}

TEST_P(SwarmFailover, AManagerThatIsKilledKnowsEverythingAgain) {
  run_container("one", {"-m", "64m", "--cpus", "0.5"});
  run_container("two", {"-e", "constraint:node==node-2"});
  swarm->docker_text({"node", "update", "--availability", "drain", "--label-add", "zone=a", "node-3"});
  const std::string before =
      swarm->docker_text({"ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Ports}}"});
  const std::string held = swarm->docker_text({"info"});
  swarm->kill_manager();
  swarm->start_manager();
  EXPECT_EQ(swarm->docker_text({"ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Ports}}"}), before);
  EXPECT_THAT(held, HasSubstr("Reserved Memory: 64 MiB"));
  EXPECT_THAT(swarm->docker_text({"info"}), HasSubstr("Reserved Memory: 64 MiB"));
  EXPECT_EQ(state_of("node-3"), "Healthy (draining)");
  EXPECT_THAT(swarm->docker({"run", "-d", "--name", "one", "berth/test:1", "true"}).err,
              HasSubstr("The name one is already assigned"));
  EXPECT_THAT(swarm->docker({"run", "-d", "-e", "constraint:node==node-3", "berth/test:1", "true"}).err,
              HasSubstr("Unable to find a node"));
}

}  // namespace
}  // namespace berth::scenario
