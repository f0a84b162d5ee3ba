#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/etcd_for_tests.h"
#include "store/local_store.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/watching_for_tests.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

Context patient() { return Context().with_timeout(20s); }

StoreDiscovery in_memory() {
  return StoreDiscovery(std::make_unique<store::LocalStore>("memory:", nullptr), "docker/swarm/nodes");
}

TEST(StoreDiscovery, TellsNodesThatJoinAndThatAreNotHeardOfAnyMore) {
  StoreDiscovery discovery = in_memory();
  Watching watching(discovery);
  watching.await("");
  const Joining a(discovery, "a:2375", {.every = 50ms, .ttl = 500ms});
  watching.await("a:2375");
  {
    const Joining b(discovery, "tcp://B:2375", {.every = 50ms, .ttl = 200ms});
    watching.await("a:2375 b:2375");
  }
  watching.await("a:2375");
}

TEST(StoreDiscovery, KeepsANodeThatJoinsAgainWithinItsTtl) {
  StoreDiscovery discovery = in_memory();
  Watching watching(discovery);
  {
    const Joining first(discovery, "a:1", {.every = 10ms, .ttl = 10'000ms});
    watching.await("a:1");
  }
  const Joining second(discovery, "a:1", {.every = 10ms, .ttl = 10'000ms});
  const Joining other(discovery, "b:1", {.every = 10ms, .ttl = 10'000ms});
  watching.await("a:1 b:1");
  EXPECT_EQ(watching.sets().back(), "a:1 b:1");
  for (const std::string& set : watching.sets()) EXPECT_TRUE(set.empty() || set.starts_with("a:1")) << set;
}

TEST(StoreDiscovery, TakesANodeThatLeavesOffTheListAtOnce) {
  StoreDiscovery discovery = in_memory();
  Watching watching(discovery);
  {
    const Joining joining(discovery, "a:1", {.every = 10'000ms, .ttl = 60'000ms});
    watching.await("a:1");
  }
  discovery.leave(patient(), "a:1");
  watching.await("");
  discovery.leave(patient(), "a:1");
}

TEST(StoreDiscovery, ListsANodeAgainThatSomeoneRemovedThoughItLives) {
  StoreDiscovery discovery = in_memory();
  Watching watching(discovery);
  const Joining joining(discovery, "a:1", {.every = 20ms, .ttl = 60'000ms});
  watching.await("a:1");
  discovery.leave(patient(), "a:1");
  watching.await("a:1");
}

TEST(StoreDiscovery, LeavesOutWhatIsNoAddress) {
  auto store = std::make_unique<store::LocalStore>("memory:", nullptr);
  store->set(patient(), "nodes/a:1", "a:1");
  store->set(patient(), "nodes/x", "nonsense");
  store->set(patient(), "elsewhere/b:1", "b:1");
  EXPECT_EQ(shown(StoreDiscovery(std::move(store), "nodes").list(patient())), "a:1");
}

TEST(StoreDiscovery, RefusesAnAddressOrATtlThatCannotBe) {
  StoreDiscovery discovery = in_memory();
  EXPECT_THROW(discovery.join(patient(), "nonsense", {}, {}), Error);
  EXPECT_THROW(discovery.join(patient(), "unix:///run/docker.sock", {}, {}), Error);
  EXPECT_THROW(discovery.join(patient(), "a:1", {.every = 10ms, .ttl = 10ms}, {}), Error);
}

TEST(StoreDiscovery, TellsAThousandNodesThatComeAtOnceAsFewSets) {
  auto owned = std::make_unique<store::LocalStore>("memory:", nullptr);
  store::Store& store = *owned;
  StoreDiscovery discovery(std::move(owned), "nodes");
  Watching watching(discovery);
  watching.await("");
  for (int i = 1000; i < 2000; ++i) {
    const std::string address = "n" + std::to_string(i) + ":1";
    store.set(patient(), "nodes/" + address, address);
  }
  EngineAddresses all;
  for (int i = 1000; i < 2000; ++i) all.push_back({"n" + std::to_string(i) + ":1"});
  watching.await(shown(all));
  EXPECT_LT(watching.sets().size(), 100U);
}

TEST(EtcdDiscovery, SharesNodesBetweenManagersThroughALossOfTheStore) {
  if (!store::has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
  store::EtcdCluster cluster(1);
  const std::string url = cluster.url("prefix");
  const auto node = discovery_of(url);
  const auto manager = discovery_of(url);
  Watching watching(*manager);
  const Joining joining(*node, "10.0.0.5:2375", {.every = 300ms, .ttl = 5'000ms});
  watching.await("10.0.0.5:2375");
  EXPECT_EQ(store::store_of(url)->get(patient(), "docker/swarm/nodes/10.0.0.5:2375")->value, "10.0.0.5:2375");

  cluster.kill(0);
  watching.await_troubles(1);
  EXPECT_EQ(watching.sets().back(), "10.0.0.5:2375");
  cluster.start(0);
  cluster.await_health(0);
  const auto other = discovery_of(url);
  const Joining late(*other, "10.0.0.6:2375", {.every = 1'000ms, .ttl = 60'000ms});
  watching.await("10.0.0.5:2375 10.0.0.6:2375");
}

}  // namespace
}  // namespace berth::swarm
