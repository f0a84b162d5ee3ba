// Everything at once, for a while: clients create and remove containers without a pause while nodes die and return,
// managers are killed and stopped, and the store is lost. In the end every container that was asked for exists once,
// and nothing else. Forty seconds; BERTH_CHAOS_SECONDS=600 (`make chaos`) for longer.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/environment.h"
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

constexpr std::size_t kNodes = 12;
constexpr std::size_t kMostDead = 3;
constexpr std::size_t kManagers = 3;
constexpr std::size_t kMembers = 3;
constexpr std::size_t kClients = 3;
constexpr std::size_t kMostContainers = 60;  // of a client

std::chrono::seconds duration() {
  const auto text = Environment::of_process().get_or("BERTH_CHAOS_SECONDS", "40");
  return std::chrono::seconds(parse_integer(text).value_or(40));
}

using Random = std::minstd_rand;
std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

// Does something when it goes.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> what) : what_(std::move(what)) {}
  ~AtEnd() { what_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  std::function<void()> what_;
};

class Chaos : public testing::Test {
 protected:
  void SetUp() override {
    if (!store::has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
    const std::string list = folder.path() / "addresses";
    fleet.emplace(spawn({BERTH_FLEET, "run", "-n", std::to_string(kNodes), "--containers", "0", "--base", fleet_base(),
                         "--socket-control", control(), "--addresses", list}));
    wait_until([&] { return std::filesystem::exists(control()); });
    addresses = split(trim(read_file(list)), '\n');
    etcd.emplace(kMembers, store::EtcdCluster::Pace::kDefault);
    const auto store = store::store_of(etcd->url("chaos"));
    for (const std::string& address : addresses) store->set(soon(), "docker/swarm/nodes/" + address, address);
    for (std::size_t i = 0; i < kManagers; ++i) {
      managers.push_back(
          std::make_unique<Replica>(etcd->url("chaos"), net::Listener::tcp("127.0.0.1", 0).port(),
                                    folder.path() / ("manager-" + std::to_string(i)),
                                    std::vector<std::string>{"--cluster-opt", "swarm.reschedule=on-node-failure"}));
    }
    for (const auto& manager : managers) {
      wait_until([&] { return manager->healthy() == kNodes && !manager->role().empty(); });
    }
    std::cerr << "seed " << seed << ", " << duration().count() << " seconds\n";
  }
  void TearDown() override {
    if (!HasFailure()) return;
    for (std::size_t i = 0; i < managers.size(); ++i) {
      const std::string kept = "/tmp/berth-chaos-manager-" + std::to_string(i) + ".log";
      write_file(kept, read_file(folder.path() / ("manager-" + std::to_string(i))));
      std::cerr << "log of a manager: " << kept << "\n";
    }
  }

  std::string control() const { return folder.path() / "control"; }
  void tell(const std::string& words) {
    std::vector<std::string> command = {BERTH_FLEET, "tell", control()};
    for (const std::string& word : split(words, ' ')) command.push_back(word);
    run_checked(soon(), command);
  }

  // Until some manager says that it is done, whatever happens to them.
  void create(const std::string& name, std::size_t begin_with) const {
    for (std::size_t i = begin_with; !over; ++i) {
      const Replica& manager = *managers[i % kManagers];
      const Answer answer = manager.ask("POST", "/containers/create?name=" + name, R"({"Image":"nginx"})");
      // Made by an attempt that broke off, or still in the making by one that will.
      const bool made = answer.status == 201 ||
                        (answer.status == 409 && manager.ask("GET", "/containers/" + name + "/json").status == 200);
      if (made) return;
      std::this_thread::sleep_for(20ms);
    }
  }
  // False when the answer is that there is no such container while nodes are dead: a manager that started meanwhile
  // cannot know of what was made in the last moment of a node's life.
  bool remove(const std::string& name, std::size_t begin_with) const {
    for (std::size_t i = begin_with;; ++i) {
      const bool any_dead = dead_count > 0;
      const int status = managers[i % kManagers]->ask("DELETE", "/containers/" + name + "?force=1").status;
      if (status == 204 || (status == 404 && !any_dead && dead_count == 0)) return true;
      if (status == 404 || over) return false;
      std::this_thread::sleep_for(20ms);
    }
  }

  // Creates and removes until `done`; returns what there is to be then.
  struct Outcome {
    std::set<std::string> wanted;
    std::set<std::string> uncertain;  // may be there, once
  };
  Outcome client(std::size_t number) const {
    Random random(seed + static_cast<unsigned>(number));
    Outcome outcome;
    std::set<std::string>& wanted = outcome.wanted;
    for (std::size_t i = 0; !done; ++i) {
      if (wanted.size() >= kMostContainers || (!wanted.empty() && below(random, 3) == 0)) {
        const std::string name = *std::next(wanted.begin(), static_cast<std::ptrdiff_t>(below(random, wanted.size())));
        if (!remove(name, i)) outcome.uncertain.insert(name);
        wanted.erase(name);
      } else {
        const std::string name = "c" + std::to_string(number) + "-" + std::to_string(i);
        create(name, i);
        wanted.insert(name);
      }
      std::this_thread::sleep_for(10ms);
    }
    return outcome;
  }

  void pause(Random& random, std::size_t most_milliseconds) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(below(random, most_milliseconds)));
  }

  // One fault, and its end unless it is a node's death, which lasts a while.
  void harm(Random& random) {
    const std::size_t which = below(random, kManagers);
    switch (below(random, 8)) {
      case 0:
      case 1:
      case 2: {
        const std::size_t node = below(random, kNodes) + 1;
        if (dead.contains(node) || dead.size() >= kMostDead) break;
        ++dead_count;
        tell("kill " + std::to_string(node));
        dead.insert(node);
        dead_count = dead.size();
        break;
      }
      case 3:
      case 4:
        if (dead.empty()) break;
        tell("return " + std::to_string(*dead.begin()));
        dead.erase(dead.begin());
        break;
      case 5:
        managers[which]->kill();
        pause(random, 4000);
        managers[which]->start();
        break;
      case 6:
        managers[which]->signal(SIGSTOP);
        pause(random, 5000);
        managers[which]->signal(SIGCONT);
        break;
      default: {
        // One member: the store goes on. Two: it is lost for a while.
        const std::size_t members = below(random, 3) == 0 ? 2 : 1;
        for (std::size_t i = 0; i < members; ++i) etcd->kill(i);
        pause(random, 5000);
        for (std::size_t i = 0; i < members; ++i) etcd->start(i);
        for (std::size_t i = 0; i < members; ++i) etcd->await_health(i);
      }
    }
    ++harms;
  }

  const unsigned seed = std::random_device()();
  TemporaryFolder folder;
  std::optional<Child> fleet;
  std::optional<store::EtcdCluster> etcd;
  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<Replica>> managers;
  std::set<std::size_t> dead;
  std::size_t harms = 0;
  std::atomic<std::size_t> dead_count = 0;  // never less than are dead, or were a moment ago
  std::atomic<bool> done = false;
  std::atomic<bool> over = false;
};

TEST_F(Chaos, InTheEndEveryContainerThatWasAskedForExistsOnce) {
  std::vector<Outcome> outcomes(kClients);
  std::vector<std::jthread> clients;
  const AtEnd stop_clients([&] { done = over = true; });  // also when what follows throws
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] { outcomes[i] = client(i); });
  }
  Random random(seed);
  for (const auto end = Clock::now() + duration(); Clock::now() < end;) {
    harm(random);
    pause(random, 3000);
  }
  tell("return all");
  done = true;
  std::jthread limit([&](const std::stop_token& stop) {
    for (int i = 0; i < 600 && !stop.stop_requested(); ++i) std::this_thread::sleep_for(100ms);
    over = true;  // a client that is still at it hangs
  });
  clients.clear();
  EXPECT_FALSE(over);
  limit = {};

  std::map<std::string, int> expected;
  std::set<std::string> uncertain;
  for (const Outcome& outcome : outcomes) {
    for (const std::string& name : outcome.wanted) expected[name] = 1;
    uncertain.insert(outcome.uncertain.begin(), outcome.uncertain.end());
  }
  EXPECT_GT(harms, 5U);
  EXPECT_GT(expected.size(), 10U);
  // Copies that returned nodes had go within moments; and then it stays so.
  std::map<std::string, int> there;
  try {
    wait_until([&] {
      there = names_on(addresses);
      std::erase_if(there, [&](const auto& found) { return found.second == 1 && uncertain.contains(found.first); });
      return there == expected;
    });
  } catch (const Error&) {
    for (const auto& [name, count] : expected) {
      if (!there.contains(name)) ADD_FAILURE() << name << " is lost";
    }
    for (const auto& [name, count] : there) {
      if (!expected.contains(name)) ADD_FAILURE() << name << " is there though it was removed";
      if (count > 1) ADD_FAILURE() << name << " is there " << count << " times";
    }
  }
  std::cerr << harms << " faults, " << expected.size() << " containers, " << uncertain.size() << " uncertain\n";
}

}  // namespace
}  // namespace berth::scenario
