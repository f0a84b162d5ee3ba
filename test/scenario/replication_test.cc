// Three managers, a real etcd and simulated engines (bench/fleet): managers are killed and stopped and the store is
// lost while clients create containers without a pause. Whatever was asked for exists once.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <map>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "base/strings.h"
#include "http/client.h"
#include "http/url.h"
#include "net/dial.h"
#include "scenario/cli.h"
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

struct Answer {
  int status = 0;  // 0: the server could not be reached, or broke off
  std::string body;
};

Answer ask(const std::string& host, std::uint16_t port, const std::string& method, const std::string& target,
           const std::string& body = {}) {
  http::Client client([&](const Context& context) { return net::dial_tcp(context, host, port); });
  http::Request request{.method = method, .target = target};
  request.headers.add("Content-Type", "application/json");
  try {
    const Context limited = Context().with_timeout(5s);
    http::Response response = client.send(limited, std::move(request), body);
    return {response.status(), response.read_all(limited)};
  } catch (const Error&) {
    return {};
  }
}

// A `berth swarm manage` that can be killed, stopped and started again.
class Manager {
 public:
  Manager(std::string discovery, std::uint16_t port, Path log)
      : discovery_(std::move(discovery)), port_(port), log_(std::move(log)) {
    start();
  }

  void start() {
    const std::string address = "127.0.0.1:" + std::to_string(port_);
    const Fd log(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    SpawnOptions to_file;
    to_file.out_fd = to_file.err_fd = log.get();
    process_.emplace(spawn({BERTH_PROGRAM, "swarm", "manage", "--no-tls", "-H", "tcp://" + address, "--replication",
                            "--advertise", address, discovery_},
                           to_file));
  }
  void kill() { process_.reset(); }
  void signal(int number) { process_->kill(number); }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = {}) const {
    return scenario::ask("127.0.0.1", port_, method, target, body);
  }
  // "primary", "replica"; empty when it does not answer.
  std::string role() const {
    const Answer answer = ask("GET", "/info");
    if (answer.status != 200) return "";
    return std::string(parse_json(answer.body).at("DriverStatus").at(0).at(1).as_string());
  }

 private:
  const std::string discovery_;
  const std::uint16_t port_;
  const Path log_;
  std::optional<Child> process_;
};

class ReplicationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!store::has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
    const auto place = static_cast<unsigned>(::getpid());
    const std::string base =
        "127." + std::to_string(128 + place / 250 % 100) + "." + std::to_string(place % 250) + ".1";
    const std::string control = folder.path() / "control";
    const std::string list = folder.path() / "addresses";
    fleet.emplace(spawn({BERTH_FLEET, "run", "-n", std::to_string(kNodes), "--containers", "0", "--base", base,
                         "--socket-control", control, "--addresses", list}));
    wait_until([&] { return std::filesystem::exists(control); });
    addresses = split(trim(read_file(list)), '\n');

    etcd.emplace(1, store::EtcdCluster::Pace::kDefault);
    const auto store = store::store_of(etcd->url("scenario"));
    for (const std::string& address : addresses) store->set(soon(), "docker/swarm/nodes/" + address, address);
    for (std::size_t i = 0; i < kManagers; ++i) {
      const auto port = net::Listener::tcp("127.0.0.1", 0).port();
      managers.push_back(
          std::make_unique<Manager>(etcd->url("scenario"), port, folder.path() / ("manager-" + std::to_string(i))));
    }
    wait_until([&] { return leader() < kManagers; });
    for (const auto& manager : managers) {
      wait_until([&] { return healthy(*manager) == kNodes; });
    }
  }
  void TearDown() override {
    if (!HasFailure()) return;
    for (std::size_t i = 0; i < kManagers; ++i) {
      std::cerr << read_file(folder.path() / ("manager-" + std::to_string(i)));
    }
  }

  static std::size_t healthy(const Manager& manager) {
    const Answer answer = manager.ask("GET", "/info");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = answer.body.find("\"Healthy\"", at)) != std::string::npos; ++at) ++count;
    return count;
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

  // How often each name is there, by what every engine says itself.
  std::map<std::string, int> names() const {
    std::map<std::string, int> count;
    for (const std::string& address : addresses) {
      const auto [host, port] = cut(address, ':');
      const Answer answer = scenario::ask(std::string(host), static_cast<std::uint16_t>(*parse_integer(*port)), "GET",
                                          "/containers/json?all=1");
      const json::value list = parse_json(answer.body);
      for (const json::value& container : list.as_array()) {
        ++count[std::string(container.at("Names").at(0).as_string()).substr(1)];
      }
    }
    return count;
  }

  // Creates `name` by some manager, whatever happens to it: again and again until it is said to exist.
  void create(const std::string& name, std::size_t begin_with) const {
    const Context context = soon();
    for (std::size_t i = begin_with;; ++i) {
      const Manager& manager = *managers[i % kManagers];
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
  std::vector<std::unique_ptr<Manager>> managers;
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

  std::map<std::string, int> there = names();
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
