// What every store must do, tried on all of them.
#include <algorithm>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "store/etcd_for_tests.h"
#include "store/open.h"

namespace berth::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Context patient() { return Context().with_timeout(20s); }

Kind kind_thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Kind::kInternal;
}

std::vector<std::string> keys_of(const Listing& listing) {
  std::vector<std::string> keys;
  for (const Entry& entry : listing.entries) keys.push_back(entry.key);
  return keys;
}

// "+key=value" and "-key", as a watch tells them.
std::vector<std::string> text_of(const Changes& changes) {
  std::vector<std::string> lines;
  if (changes.compacted) lines.push_back("compacted");
  for (const Event& event : changes.events) {
    lines.push_back(event.entry ? "+" + event.key + "=" + event.entry->value : "-" + event.key);
  }
  return lines;
}

// Changes until there are `count`: how they are grouped is up to the store.
std::vector<std::string> read(Watch& watch, std::size_t count) {
  std::vector<std::string> lines;
  while (lines.size() < count) {
    for (std::string& line : text_of(watch.next(patient()))) lines.push_back(std::move(line));
  }
  return lines;
}

class StoreContract : public ::testing::TestWithParam<std::string> {
 protected:
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    std::string url = "memory:";
    if (GetParam() == "Sqlite") url = "sqlite://" + (folder_.path() / "store.db").string();
    if (GetParam() == "Etcd") {
      if (!has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
      if (!cluster_) cluster_ = std::make_unique<EtcdCluster>(1);
      url = cluster_->url("test-" + std::to_string(++count_));
    }
    store = store_of(url);
  }

  std::optional<Revision> commit(std::vector<Condition> conditions, std::vector<Change> changes) {
    return store->commit(patient(), {std::move(conditions), std::move(changes)});
  }
  Entry at(const std::string& key) {
    const auto entry = store->get(patient(), key);
    EXPECT_TRUE(entry) << key;
    return entry.value_or(Entry{});
  }

  std::unique_ptr<Store> store;

 private:
  TemporaryFolder folder_;
  inline static std::unique_ptr<EtcdCluster> cluster_;
  inline static int count_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Of, StoreContract, ::testing::Values("Memory", "Sqlite", "Etcd"),
                         [](const auto& info) { return info.param; });

TEST_P(StoreContract, AKeyThatNobodyPutIsAbsent) {
  EXPECT_EQ(store->get(patient(), "nobody"), std::nullopt);
  EXPECT_THAT(store->list(patient(), "").entries, IsEmpty());
}

TEST_P(StoreContract, WhatWasPutIsReadWithTheRevisionOfItsLastChange) {
  const Revision first = store->set(patient(), "a", "1");
  EXPECT_EQ(store->get(patient(), "a"), (Entry{"a", "1", first, LeaseId::kNone}));
  const Revision second = store->set(patient(), "a", "2");
  EXPECT_GT(second, first);
  EXPECT_EQ(store->get(patient(), "a"), (Entry{"a", "2", second, LeaseId::kNone}));
}

TEST_P(StoreContract, KeysAndValuesAreAnyBytes) {
  const std::string bytes("\0\xff/\n\x80 \"", 7);
  store->set(patient(), bytes, bytes + bytes);
  store->set(patient(), "empty", "");
  EXPECT_EQ(at(bytes).value, bytes + bytes);
  EXPECT_EQ(at("empty").value, "");
  EXPECT_THAT(keys_of(store->list(patient(), "")), ElementsAre(bytes, "empty"));
}

TEST_P(StoreContract, AListHoldsTheKeysBelowThePrefixInTheOrderOfTheirBytes) {
  for (const char* key : {"n/b", "n/a", "n", "o", "n/a/c", "m\xff", "m\xff\xff"}) store->set(patient(), key, "");
  EXPECT_THAT(keys_of(store->list(patient(), "n/")), ElementsAre("n/a", "n/a/c", "n/b"));
  EXPECT_THAT(keys_of(store->list(patient(), "n")), ElementsAre("n", "n/a", "n/a/c", "n/b"));
  EXPECT_THAT(keys_of(store->list(patient(), "m\xff")), ElementsAre("m\xff", "m\xff\xff"));
  EXPECT_THAT(keys_of(store->list(patient(), "")).size(), 7U);
  EXPECT_THAT(store->list(patient(), "p").entries, IsEmpty());
}

TEST_P(StoreContract, ALongListComesWhole) {
  constexpr int kMany = 2'345;
  for (int i = 0; i < kMany;) {
    std::vector<Change> changes;
    for (; i < kMany && changes.size() < kMostChanges; ++i) changes.push_back(put("k" + std::to_string(i), "v"));
    commit({}, std::move(changes));
  }
  const auto keys = keys_of(store->list(patient(), "k"));
  EXPECT_EQ(keys.size(), std::size_t{kMany});
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(StoreContract, ATransactionIsAppliedWholeWithOneRevision) {
  store->set(patient(), "old", "x");
  const auto revision = commit({}, {put("a", "1"), put("b", "2"), removal("old")});
  ASSERT_TRUE(revision);
  EXPECT_EQ(at("a").modified, *revision);
  EXPECT_EQ(at("b").modified, *revision);
  EXPECT_THAT(keys_of(store->list(patient(), "")), ElementsAre("a", "b"));
}

TEST_P(StoreContract, NothingIsChangedWhenAConditionDoesNotHold) {
  const Revision first = store->set(patient(), "a", "1");
  store->set(patient(), "a", "2");
  EXPECT_EQ(commit({{"a", first}}, {put("b", "")}), std::nullopt);
  EXPECT_EQ(commit({absent("a")}, {put("b", "")}), std::nullopt);
  EXPECT_EQ(commit({absent("b"), {"nobody", first}}, {put("b", "")}), std::nullopt);
  EXPECT_THAT(keys_of(store->list(patient(), "")), ElementsAre("a"));
}

TEST_P(StoreContract, ATransactionIsAppliedWhenEveryConditionHolds) {
  store->set(patient(), "a", "1");
  EXPECT_TRUE(commit({unchanged(at("a")), absent("b")}, {put("b", "2")}));
  EXPECT_EQ(at("b").value, "2");
  EXPECT_TRUE(commit({unchanged(at("b"))}, {removal("b")}));
  EXPECT_TRUE(commit({absent("b")}, {put("b", "3")}));
}

TEST_P(StoreContract, WithoutChangesACommitTellsWhetherConditionsHold) {
  const Revision revision = store->set(patient(), "a", "1");
  EXPECT_EQ(commit({{"a", revision}}, {}), revision);
  EXPECT_EQ(commit({absent("a")}, {}), std::nullopt);
}

TEST_P(StoreContract, RemovingWhatIsNotThereChangesNothing) {
  const Revision revision = store->set(patient(), "a", "1");
  EXPECT_EQ(commit({}, {removal("nobody")}), revision);
}

TEST_P(StoreContract, WhatNoStoreCouldTakeIsRefused) {
  EXPECT_EQ(kind_thrown([&] { store->set(patient(), "", "x"); }), Kind::kInvalid);
  EXPECT_EQ(kind_thrown([&] { store->get(patient(), ""); }), Kind::kInvalid);
  EXPECT_EQ(kind_thrown([&] { commit({}, {put("a", ""), removal("a")}); }), Kind::kInvalid);
  EXPECT_EQ(kind_thrown([&] { store->set(patient(), "a", std::string(kMostBytes, 'x')); }), Kind::kInvalid);
  EXPECT_EQ(kind_thrown([&] { store->grant(patient(), 0ms); }), Kind::kInvalid);
  std::vector<Change> many;
  for (std::size_t i = 0; i <= kMostChanges; ++i) many.push_back(removal(std::to_string(i)));
  EXPECT_EQ(kind_thrown([&] { commit({}, many); }), Kind::kInvalid);
}

TEST_P(StoreContract, TheLargestTransactionIsTaken) {
  std::vector<Change> changes;
  std::vector<Condition> conditions;
  for (std::size_t i = 0; i < kMostChanges; ++i) {
    const std::string key = std::to_string(1000 + i);
    conditions.push_back(absent(key));
    changes.push_back(put(key, std::string(kMostBytes / kMostChanges - key.size(), 'x')));
  }
  EXPECT_TRUE(commit(conditions, changes));
  EXPECT_EQ(store->list(patient(), "").entries.size(), kMostChanges);
}

TEST_P(StoreContract, OfManyWhoWantTheSameKeyOneGetsIt) {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> winners = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i, key = "lock" + std::to_string(round)] {
          if (commit({absent(key)}, {put(key, std::to_string(i))})) ++winners;
        });
      }
    }
    EXPECT_EQ(winners, 1);
  }
}

TEST_P(StoreContract, AWatchTellsWhatHappensAfterItsRevision) {
  store->set(patient(), "n/before", "0");
  const Revision from = store->list(patient(), "n/").revision;
  store->set(patient(), "n/a", "1");
  const auto watch = store->watch("n/", from);
  EXPECT_THAT(read(*watch, 1), ElementsAre("+n/a=1"));
  store->set(patient(), "elsewhere", "");
  store->set(patient(), "n/a", "2");
  store->remove(patient(), "n/before");
  EXPECT_THAT(read(*watch, 2), ElementsAre("+n/a=2", "-n/before"));
}

TEST_P(StoreContract, AWatchTellsTheChangesOfATransactionTogether) {
  const auto watch = store->watch("", store->list(patient(), "").revision);
  const auto revision = commit({}, {put("b", "1"), put("a", "2")});
  const Changes changes = watch->next(patient());
  EXPECT_THAT(text_of(changes), ::testing::UnorderedElementsAre("+a=2", "+b=1"));
  EXPECT_EQ(changes.revision, revision);
  for (const Event& event : changes.events) EXPECT_EQ(event.revision, revision);
}

TEST_P(StoreContract, AWatchGoesOnWhereAnotherStopped) {
  const auto first = store->watch("", store->list(patient(), "").revision);
  store->set(patient(), "a", "1");
  const Changes changes = first->next(patient());
  store->set(patient(), "a", "2");
  const auto second = store->watch("", changes.revision);
  EXPECT_THAT(read(*second, 1), ElementsAre("+a=2"));
}

TEST_P(StoreContract, AWatchWaitsUntilSomethingHappens) {
  const auto watch = store->watch("", store->list(patient(), "").revision);
  EXPECT_EQ(kind_thrown([&] { watch->next(Context().with_timeout(50ms)); }), Kind::kTimeout);
  std::jthread writer([&] { store->set(patient(), "a", "1"); });
  EXPECT_THAT(read(*watch, 1), ElementsAre("+a=1"));
}

TEST_P(StoreContract, AWaitingWatchEndsWhenItIsCancelled) {
  const auto watch = store->watch("", store->list(patient(), "").revision);
  CancelSource cancel;
  std::jthread other([&] { cancel.cancel(); });
  EXPECT_EQ(kind_thrown([&] { watch->next(cancel.context()); }), Kind::kCancelled);
}

TEST_P(StoreContract, KeysGoWithTheirLease) {
  const Grant grant = store->grant(patient(), 1'000ms);
  EXPECT_GE(grant.ttl, 1'000ms);
  store->set(patient(), "n/leased", "1", grant.id);
  store->set(patient(), "n/kept", "2");
  EXPECT_EQ(at("n/leased").lease, grant.id);
  const auto watch = store->watch("n/", store->list(patient(), "").revision);
  store->revoke(patient(), grant.id);
  EXPECT_THAT(read(*watch, 1), ElementsAre("-n/leased"));
  EXPECT_THAT(keys_of(store->list(patient(), "")), ElementsAre("n/kept"));
  store->revoke(patient(), grant.id);
}

TEST_P(StoreContract, ALeaseEndsWhenItIsNotRenewed) {
  const auto begin = Context::Clock::now();
  const Grant grant = store->grant(patient(), 1'000ms);
  const Revision from = store->set(patient(), "leased", "1", grant.id);
  EXPECT_THAT(read(*store->watch("", from), 1), ElementsAre("-leased"));
  EXPECT_GE(Context::Clock::now() - begin, grant.ttl);
  EXPECT_LT(Context::Clock::now() - begin, grant.ttl + 3s);
  EXPECT_EQ(store->renew(patient(), grant.id), std::nullopt);
}

TEST_P(StoreContract, ALeaseLastsWhileItIsRenewed) {
  const Grant grant = store->grant(patient(), 1'000ms);
  const Revision from = store->set(patient(), "leased", "1", grant.id);
  const auto watch = store->watch("", from);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(store->renew(patient(), grant.id), grant.ttl);
    EXPECT_EQ(kind_thrown([&] { watch->next(Context().with_timeout(200ms)); }), Kind::kTimeout);
  }
}

TEST_P(StoreContract, AKeyPutAgainWithoutALeaseOutlivesIt) {
  const Grant grant = store->grant(patient(), 1'000ms);
  store->set(patient(), "a", "1", grant.id);
  store->set(patient(), "a", "2");
  store->revoke(patient(), grant.id);
  EXPECT_EQ(at("a").value, "2");
}

TEST_P(StoreContract, NothingCanBePutUnderALeaseThatHasEnded) {
  const Grant grant = store->grant(patient(), 1'000ms);
  store->revoke(patient(), grant.id);
  EXPECT_EQ(kind_thrown([&] { commit({}, {put("b", ""), put("a", "1", grant.id)}); }), Kind::kNotFound);
  EXPECT_THAT(store->list(patient(), "").entries, IsEmpty());
}

TEST_P(StoreContract, EveryWatchSeesTheSameChangesInTheSameOrder) {
  constexpr std::size_t kWriters = 3;
  constexpr std::size_t kEach = 30;
  const Revision from = store->list(patient(), "").revision;
  std::vector<std::vector<std::string>> seen(2);
  {
    std::vector<std::jthread> threads;
    for (auto& lines : seen) {
      threads.emplace_back([&] { lines = read(*store->watch("", from), kWriters * kEach); });
    }
    for (std::size_t writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        for (std::size_t i = 0; i < kEach; ++i) store->set(patient(), std::to_string(writer), std::to_string(i));
      });
    }
  }
  EXPECT_EQ(seen[0].size(), kWriters * kEach);
  EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace
}  // namespace berth::store
