#include "swarm/pool/agenda.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr NodeNumber kOne{1};
constexpr NodeNumber kTwo{2};
Context patient() { return Context().with_timeout(20s); }

// Whether nothing is handed out for a moment.
template <typename Take>
bool waits(Take take) {
  try {
    take(Context().with_timeout(20ms));
    return false;
  } catch (const Error& e) {
    return e.kind() == Kind::kTimeout;
  }
}

TEST(Timetable, HandsOutNodesInTheOrderInWhichTheyAreDue) {
  Timetable table;
  const auto now = Clock::now();
  table.set(kOne, now + 5ms);
  table.set(kTwo, now - 1s);
  EXPECT_EQ(table.take(patient()), kTwo);
  EXPECT_EQ(table.take(patient()), kOne);
  EXPECT_TRUE(waits([&](const Context& context) { table.take(context); }));
}

TEST(Timetable, TheEarlierOfTwoTimesCounts) {
  Timetable table;
  table.set(kOne, Clock::now() + 1h);
  table.set(kOne, Clock::now());
  table.set(kOne, Clock::now() + 1h);
  EXPECT_EQ(table.take(patient()), kOne);
}

TEST(Timetable, ANodeIsWithOneWorkerAtATime) {
  Timetable table;
  table.set(kOne, Clock::now());
  EXPECT_EQ(table.take(patient()), kOne);
  table.set(kOne, Clock::now());
  EXPECT_TRUE(waits([&](const Context& context) { table.take(context); }));
  table.give_back(kOne);
  EXPECT_EQ(table.take(patient()), kOne);
}

TEST(Timetable, AWaitingWorkerWakesForAnEarlierTime) {
  Timetable table;
  table.set(kOne, Clock::now() + 1h);
  std::jthread later([&] { table.set(kTwo, Clock::now()); });
  EXPECT_EQ(table.take(patient()), kTwo);
}

TEST(ChangeQueue, GathersTheChangesOfANode) {
  ChangeQueue queue(10ms);
  queue.add(kOne, "a");
  queue.add(kOne, "b");
  queue.add(kOne, "a");
  queue.add(kOne, Listing::kImages);
  const ChangeQueue::Work work = queue.take(patient());
  EXPECT_EQ(work.node, kOne);
  EXPECT_EQ(work.changes.containers, (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(work.changes.listings[static_cast<std::size_t>(Listing::kImages)]);
  EXPECT_FALSE(work.changes.listings[static_cast<std::size_t>(Listing::kNetworks)]);
}

TEST(ChangeQueue, WhatChangesDuringTheWorkIsWorkOfItsOwn) {
  ChangeQueue queue(1ms);
  queue.add(kOne, "a");
  EXPECT_EQ(queue.take(patient()).changes.containers, std::set<std::string>{"a"});
  queue.add(kOne, "b");
  EXPECT_TRUE(waits([&](const Context& context) { queue.take(context); }));
  queue.done(kOne);
  EXPECT_EQ(queue.take(patient()).changes.containers, std::set<std::string>{"b"});
}

TEST(ChangeQueue, WhatChangesWhileANodeIsLookedAtAsAWholeIsLookedAtOnceMore) {
  ChangeQueue queue(1ms);
  queue.add(kOne, "before");
  queue.done(queue.take(patient()).node);
  {
    const ChangeQueue::WholeLook whole(queue, kOne);
    queue.add(kOne, "a");
    queue.add(kTwo, "other");
    queue.add(kOne, Listing::kVolumes);
    for (int i = 0; i < 2; ++i) queue.done(queue.take(patient()).node);
    EXPECT_TRUE(waits([&](const Context& context) { queue.take(context); }));
  }
  const ChangeQueue::Work again = queue.take(patient());
  EXPECT_EQ(again.node, kOne);
  EXPECT_EQ(again.changes.containers, std::set<std::string>{"a"});
  EXPECT_TRUE(again.changes.listings[static_cast<std::size_t>(Listing::kVolumes)]);
  queue.done(kOne);
  {
    const ChangeQueue::WholeLook whole(queue, kOne);
  }
  EXPECT_TRUE(waits([&](const Context& context) { queue.take(context); }));
}

TEST(ChangeQueue, SettlesWhenAllThatWasThereIsDone) {
  ChangeQueue queue(1h);  // nobody would get anything, unless somebody waits for it
  queue.add(kOne, "a");
  queue.add(kTwo, "b");
  std::jthread worker([&] {
    for (int i = 0; i < 2; ++i) queue.done(queue.take(patient()).node);
  });
  queue.settle(patient());
  EXPECT_TRUE(waits([&](const Context& context) { queue.take(context); }));
}

TEST(ChangeQueue, DoesNotSettleBeforeTheWorkIsDone) {
  ChangeQueue queue(0ms);
  queue.add(kOne, "a");
  queue.take(patient());
  EXPECT_TRUE(waits([&](const Context& context) { queue.settle(context); }));
  queue.done(kOne);
  queue.settle(patient());
}

TEST(ChangeQueue, DoesNotWaitForANodeThatIsGone) {
  ChangeQueue queue(1h);
  queue.add(kOne, "a");
  queue.drop(kOne);
  queue.settle(patient());
}

}  // namespace
}  // namespace berth::swarm
