// Three managers, a real etcd and simulated engines (bench/fleet): managers are killed and stopped and the store is
// lost while clients create containers without a pause. Whatever was asked for exists once.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "net/listener.h"
#include "scenario/cli.h"
#include "scenario/replicas.h"
#include "store/etcd_for_tests.h"
#include "store/open.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kNodes = 20;
constexpr std::size_t kManagers = 3;
constexpr std::size_t kClients = 4;
constexpr int kRounds = 2;

class ReplicationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!store::has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
    const std::string control = folder.path() / "control";
    const std::string list = folder.path() / "addresses";
    fleet.emplace(spawn({BERTH_FLEET, "run", "-n", std::to_string(kNodes), "--containers", "0", "--base", fleet_base(),
                         "--socket-control", control, "--addresses", list}));
    wait_until([&] { return std::filesystem::exists(control); });
    addresses = split(trim(read_file(list)), '\n');

    etcd.emplace(1, store::EtcdCluster::Pace::kDefault);
    const auto store = store::store_of(etcd->url("scenario"));
    for (const std::string& address : addresses) store->set(soon(), "docker/swarm/nodes/" + address, address);
    for (std::size_t i = 0; i < kManagers; ++i) {
      const auto port = net::Listener::tcp("127.0.0.1", 0).port();
      managers.push_back(
          std::make_unique<Replica>(etcd->url("scenario"), port, folder.path() / ("manager-" + std::to_string(i))));
    }
    wait_until([&] { return leader() < kManagers; });
    for (const auto& manager : managers) {
      wait_until([&] { return manager->healthy() == kNodes; });
    }
  }
  void TearDown() override {
    if (!HasFailure()) return;
    for (std::size_t i = 0; i < kManagers; ++i) {
      std::cerr << read_file(folder.path() / ("manager-" + std::to_string(i)));
    }
  }

  // kManagers when none leads.
  std::size_t leader() const {
    std::size_t i = 0;
    while (i < kManagers && managers[i]->role() != "primary") ++i;
    return i;
  }
  std::size_t leaders() const {
    return static_cast<std::size_t>(std::count_if(managers.begin(), managers.end(),
                                                  [](const auto& manager) { return manager->role() == "primary"; }));
  }

  // Creates `name` by some manager, whatever happens to it: again and again until it is said to exist.
  void create(const std::string& name, std::size_t begin_with) const {
    const Context context = soon();
    for (std::size_t i = begin_with;; ++i) {
      const Replica& manager = *managers[i % kManagers];
      const Answer answer = manager.ask("POST", "/containers/create?name=" + name, R"({"Image":"nginx"})");
      if (answer.status == 201) return;
      // Made by an attempt that broke off, or still in the making by one that will.
      if (answer.status == 409 && manager.ask("GET", "/containers/" + name + "/json").status == 200) return;
      ASSERT_TRUE(answer.status == 0 || answer.status == 409 || answer.status >= 500) << answer.status << answer.body;
      context.sleep_for(20ms);
    }
  }

  TemporaryFolder folder;
  std::optional<Child> fleet;
  std::optional<store::EtcdCluster> etcd;
  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<Replica>> managers;
};

TEST_F(ReplicationTest, AnotherLeadsWithinThreeSecondsAndKnowsAllThereIs) {
  for (int i = 0; i < 30; ++i) create("c" + std::to_string(i), static_cast<std::size_t>(i));
  const std::size_t killed = leader();
  const std::size_t other = (killed + 1) % kManagers;
  managers[killed]->kill();
  const auto begin = Clock::now();
  Answer answer;
  // A replica lets the request wait until there is a leader again.
  answer = managers[other]->ask("GET", "/containers/json?all=1");
  EXPECT_LT(Clock::now() - begin, 3s);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(parse_json(answer.body).as_array().size(), 30U);
}

TEST_F(ReplicationTest, WhatIsRemovedIsForgottenBeforeTheClientIsAnswered) {
  const auto store = store::store_of(etcd->url("scenario"));
  const auto is_kept = [&](const std::string& id) {
    const auto entries = store->list(soon(), "").entries;
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key.ends_with(id); });
  };
  const Replica& manager = *managers[0];
  for (const std::string path : {"DELETE /containers/gone?force=1", "POST /containers/prune"}) {
    SCOPED_TRACE(path);
    const Answer created =
        manager.ask("POST", "/containers/create?name=gone",
                    R"({"Image":"nginx","Labels":{"com.docker.swarm.reschedule-policies":"[\"on-node-failure\"]"}})");
    ASSERT_EQ(created.status, 201) << created.body;
    const std::string id(parse_json(created.body).at("Id").as_string());
    wait_until([&] { return is_kept(id); });
    const auto [method, target] = cut(path, ' ');
    const Answer removed = manager.ask(std::string(method), std::string(*target));
    EXPECT_LT(removed.status, 300) << removed.body;
    EXPECT_FALSE(is_kept(id));
  }
}

TEST_F(ReplicationTest, WhatWasAskedForExistsOnceThroughKillsStopsAndLossOfTheStore) {
  std::atomic<bool> done = false;
  std::vector<std::size_t> created(kClients);
  std::vector<std::jthread> clients;
  for (std::size_t client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      for (; !done && !HasFatalFailure(); ++created[client]) {
        create("c" + std::to_string(client) + "-" + std::to_string(created[client]), client + created[client]);
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t killed = leader();
    ASSERT_LT(killed, kManagers);
    managers[killed]->kill();
    wait_until([&] { return leaders() == 1; });
    managers[killed]->start();
    wait_until([&] { return managers[killed]->role() == "replica"; });

    const std::size_t stopped = leader();
    ASSERT_LT(stopped, kManagers);
    managers[stopped]->signal(SIGSTOP);
    wait_until([&] {
      for (std::size_t i = 0; i < kManagers; ++i) {
        if (i != stopped && managers[i]->role() == "primary") return true;
      }
      return false;
    });
    managers[stopped]->signal(SIGCONT);
    wait_until([&] { return managers[stopped]->role() == "replica"; });
    EXPECT_EQ(leaders(), 1U);

    etcd->kill(0);
    wait_until([&] { return leaders() == 0; });
    etcd->start(0);
    wait_until([&] { return leaders() == 1; });
  }
  done = true;
  clients.clear();

  std::map<std::string, int> there = names_on(addresses);
  for (std::size_t client = 0; client < kClients; ++client) {
    EXPECT_GT(created[client], 10U);
    for (std::size_t i = 0; i < created[client]; ++i) {
      const std::string name = "c" + std::to_string(client) + "-" + std::to_string(i);
      EXPECT_EQ(there[name], 1) << name;
      there.erase(name);
    }
  }
  EXPECT_THAT(there, testing::IsEmpty());
}

}  // namespace
}  // namespace berth::scenario
