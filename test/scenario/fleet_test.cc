// A manager over a hundred simulated engines: what it makes of those that die, hang, or are slow, and of many calls at
// a time. Engines are bench/fleet's, in a process of their own.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <set>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "base/strings.h"
#include "engine/dial.h"
#include "http/client.h"
#include "scenario/cli.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kNodes = 100;
constexpr std::size_t kContainers = 5;  // on each, from the beginning

json::value ask(const std::string& host, const std::string& method, const std::string& target, std::string body = {}) {
  http::Client client(engine::dialer_of(engine::endpoint_of(host)));
  http::Request request{.method = method, .target = target};
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  http::Response response = client.send(soon(), std::move(request), std::move(body));
  const std::string text = response.read_all(soon());
  if (!response.ok()) throw Error(Kind::kInternal, target + ": " + text);
  return text.empty() ? json::value() : parse_json(text);
}

json::value get(const std::string& host, const std::string& target) { return ask(host, "GET", target); }

bool answers(const std::string& host) {
  try {
    get(host, "/version");
    return true;
  } catch (const Error&) {
    return false;
  }
}

class FleetTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new Cluster; }
  static void TearDownTestSuite() {
    if (HasFailure()) std::cerr << read_file(cluster_->folder.path() / "log");
    delete cluster_;
  }
  void SetUp() override {
    wait_until([&] { return healthy() == kNodes; });
  }
  void TearDown() override {
    tell("churn 0");
    tell("return all");
  }

  struct Cluster {
    Cluster() {
      // A network that no other fleet of this computer is likely to have.
      const auto place = static_cast<unsigned>(::getpid());
      const std::string base =
          "127." + std::to_string(128 + place / 250 % 100) + "." + std::to_string(place % 250) + ".1";
      fleet.emplace(
          spawn({BERTH_FLEET, "run", "-n", std::to_string(kNodes), "--containers", std::to_string(kContainers),
                 "--base", base, "--socket-control", control(), "--addresses", addresses()}));
      wait_until([&] { return std::filesystem::exists(control()); });
      manager.emplace(start_manager(host(), "log"));
      wait_until([&] { return answers(host()); });
    }
    ~Cluster() {
      for (Child* const child : {&*manager, &*fleet}) {
        child->kill(SIGTERM);
        try {
          child->wait(soon());
        } catch (const Error& e) {
          ADD_FAILURE() << (child == &*manager ? "the manager" : "the fleet") << " does not end: " << e.message();
        }
      }
    }

    Child start_manager(const std::string& host, const std::string& log_file,
                        const std::vector<std::string>& more = {}) const {
      SpawnOptions to_file;
      const Fd log(::open((folder.path() / log_file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      to_file.out_fd = to_file.err_fd = log.get();
      std::vector<std::string> argv = {BERTH_PROGRAM, "swarm", "manage", "--store", "memory:", "-H", host};
      argv.insert(argv.end(), more.begin(), more.end());
      argv.push_back("file://" + addresses());
      return spawn(argv, to_file);
    }

    std::string control() const { return folder.path() / "control"; }
    std::string addresses() const { return folder.path() / "addresses"; }
    std::string host() const { return "unix://" + (folder.path() / "manager").string(); }

    TemporaryFolder folder;
    std::optional<Child> fleet, manager;
  };

  static const std::string host() { return cluster_->host(); }
  // Has looked at all nodes when this returns.
  static Child start_other_manager(const std::vector<std::string>& more = {}) {
    Child other = cluster_->start_manager(other_host(), "other-log", more);
    wait_until([&] { return answers(other_host()) && healthy(other_host()) == kNodes; });
    return other;
  }
  static std::string other_log() { return read_file(cluster_->folder.path() / "other-log"); }
  static std::string other_host() { return host() + "-other"; }

  // Commands the fleet.
  static void tell(const std::string& command) {
    std::vector<std::string> words = {BERTH_FLEET, "tell", cluster_->control()};
    for (const std::string& word : split(command, ' ')) words.push_back(word);
    run_checked(soon(), words);
  }

  // What the manager makes of each node, by name.
  static std::map<std::string, std::string> states(const std::string& of = host()) {
    std::map<std::string, std::string> states;
    std::string name;
    const json::value info = get(of, "/info");
    for (const json::value& line : info.at("DriverStatus").as_array()) {
      const std::string key(line.at(0).as_string());
      if (key == "  └ Status") states[name] = line.at(1).as_string();
      if (key.starts_with(" node-")) name = trim(key);
    }
    return states;
  }
  static std::size_t healthy(const std::string& of = host()) {
    const auto all = states(of);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](auto& node) { return node.second == "Healthy"; }));
  }

  // Ids of all containers that someone lists.
  static std::set<std::string> ids(const std::string& of) {
    std::set<std::string> ids;
    const json::value list = get(of, "/containers/json?all=1");
    for (const json::value& container : list.as_array()) ids.insert(text_of(container, "Id"));
    return ids;
  }
  // By what each engine says itself.
  static std::vector<std::set<std::string>> ids_of_engines() {
    std::vector<std::set<std::string>> all;
    for (const std::string& address : split(trim(read_file(cluster_->addresses())), '\n')) {
      all.push_back(ids("tcp://" + address));
    }
    return all;
  }
  // Soon, and long before it looks at everything anew.
  static void expect_the_manager_knows_all() {
    std::set<std::string> there;
    for (const auto& of_engine : ids_of_engines()) there.insert(of_engine.begin(), of_engine.end());
    wait_until([&] { return ids(host()) == there; });
  }

 private:
  static Cluster* cluster_;
};

FleetTest::Cluster* FleetTest::cluster_ = nullptr;

TEST_F(FleetTest, AKilledNodeIsNoticedWithinTwoSecondsAndTakenBack) {
  const auto begin = Clock::now();
  tell("kill 2");
  wait_until([&] { return states().at("node-00002") != "Healthy"; });
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_EQ(healthy(), kNodes - 1);
  tell("return 2");
  wait_until([&] { return healthy() == kNodes; });
}

TEST_F(FleetTest, AHungNodeIsNoticedWithinTenSecondsAndASlowOneIsNotTakenForDead) {
  tell("slow 4 1500");
  const auto begin = Clock::now();
  tell("hang 3");
  std::set<std::string> of_the_slow_one;
  wait_until([&] {
    const auto now = states();
    of_the_slow_one.insert(now.at("node-00004"));
    return now.at("node-00003") != "Healthy";
  });
  EXPECT_LT(Clock::now() - begin, 10s);
  EXPECT_THAT(of_the_slow_one, testing::ElementsAre("Healthy"));
  EXPECT_EQ(healthy(), kNodes - 1);
  tell("return 3");
  wait_until([&] { return healthy() == kNodes; });
}

TEST_F(FleetTest, ContainersThatComeAndGoAreFollowedWithoutLoss) {
  const std::set<std::string> before = ids(host());
  tell("churn 500");
  // Until half of those of the beginning have been replaced.
  wait_until([&] {
    const std::set<std::string> now = ids(host());
    std::vector<std::string> left;
    std::set_intersection(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(left));
    return left.size() < before.size() / 2;
  });
  tell("churn 0");
  expect_the_manager_knows_all();
}

TEST_F(FleetTest, WhatHappensWhileNodesAreTakenBackIsNotLost) {
  tell("churn 2000");
  for (int round = 0; round < 5; ++round) {
    tell("kill all");
    wait_until([&] { return healthy() == 0; });
    tell("return all");
    wait_until([&] { return healthy() == kNodes; });
  }
  tell("churn 0");
  expect_the_manager_knows_all();
}

TEST_F(FleetTest, AManagerEndsAtOnceHoweverMuchItsNodesTell) {
  tell("churn 500");
  for (int round = 0; round < 5; ++round) {
    Child other = start_other_manager();
    other.kill(SIGTERM);
    EXPECT_TRUE(other.wait(soon()).ok());
  }
  tell("churn 0");
}

TEST_F(FleetTest, AManagerThatWasAsleepDoesNotTakeForDeadWhatHasReturned) {
  Child other = start_other_manager({"--cluster-opt", "swarm.reschedule=on-node-failure"});
  const std::string id =
      text_of(ask(other_host(), "POST", "/containers/create?name=kept", R"({"Image":"nginx"})"), "Id");
  ask(other_host(), "POST", "/containers/kept/start");
  const json::value kept = get(other_host(), "/containers/kept/json");
  const std::string node = text_of(kept.at("Node"), "Name");
  const std::string number = std::to_string(*parse_integer(node.substr(node.rfind('-') + 1)));
  wait_until([&] { return other_log().find("knows how to make 'kept' anew") != std::string::npos; });

  tell("kill " + number);
  wait_until([&] { return states(other_host()).at(node) != "Healthy"; });
  other.kill(SIGSTOP);
  tell("return " + number);
  tell("slow " + number + " 400");  // so that it takes a while to see that it is there
  Context().sleep_for(3s);          // longer than a manager waits for a node
  other.kill(SIGCONT);
  wait_until([&] { return healthy(other_host()) == kNodes; });
  EXPECT_EQ(text_of(get(other_host(), "/containers/kept/json"), "Id"), id);
  EXPECT_EQ(other_log().find("rescheduled"), std::string::npos) << other_log();
  ask(other_host(), "DELETE", "/containers/kept?force=1");
  other.kill(SIGTERM);
  EXPECT_TRUE(other.wait(soon()).ok());
}

TEST_F(FleetTest, ManyCreatesAtATimeAllSucceedAndAreSpreadEvenly) {
  const std::vector<std::set<std::string>> before = ids_of_engines();
  const Output load =
      run(soon(), {BERTH_FLEET, "load", "-H", host(), "--clients", "32", "--count", "500", "create-start"});
  EXPECT_TRUE(load.status.ok()) << load.out << load.err;
  const std::vector<std::set<std::string>> after = ids_of_engines();
  std::size_t made = 0;
  std::size_t most = 0;
  std::size_t least = SIZE_MAX;
  for (std::size_t i = 0; i < after.size(); ++i) {
    made += after[i].size() - before[i].size();
    most = std::max(most, after[i].size());
    least = std::min(least, after[i].size());
  }
  EXPECT_EQ(made, 500U);
  EXPECT_LE(most - least, 1U);
}

}  // namespace
}  // namespace berth::scenario
