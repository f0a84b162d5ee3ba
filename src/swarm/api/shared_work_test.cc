#include "swarm/api/shared_work.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/guarded.h"

namespace berth::swarm {
namespace {

// Lets work begin, and end when it is told to.
struct Gate {
  struct State {
    int begun = 0;
    bool open = false;
  };
  Guarded<State> state;
  void pass() {
    auto lock = state.lock();
    ++lock->begun;
    state.notify();
    lock.wait({}, [&] { return lock->open; });
  }
  void wait_for_one() {
    auto lock = state.lock();
    lock.wait({}, [&] { return lock->begun > 0; });
  }
  void open() {
    state.lock()->open = true;
    state.notify();
  }
};

TEST(SharedWork, OneRunsItForAllWhoWantItAtTheSameTime) {
  SharedWork shared;
  Gate gate;
  std::atomic<int> runs = 0;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    const auto want = [&] {
      shared.run({}, "image", [&] {
        ++runs;
        gate.pass();
      });
      ++done;
    };
    threads.emplace_back(want);
    gate.wait_for_one();
    for (int i = 0; i < 3; ++i) threads.emplace_back(want);
    gate.open();
  }
  EXPECT_EQ(done, 4);
  EXPECT_LE(runs, 4);
  EXPECT_GE(runs, 1);
}

TEST(SharedWork, WhatHasEndedIsRunAnew) {
  SharedWork shared;
  int runs = 0;
  shared.run({}, "image", [&] { ++runs; });
  shared.run({}, "image", [&] { ++runs; });
  EXPECT_EQ(runs, 2);
}

TEST(SharedWork, OtherKeysDoNotWait) {
  SharedWork shared;
  int inner = 0;
  shared.run({}, "a", [&] { shared.run({}, "b", [&] { ++inner; }); });
  EXPECT_EQ(inner, 1);
}

TEST(SharedWork, ItsErrorReachesAllWhoWait) {
  SharedWork shared;
  Gate gate;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> threads;
    const auto want = [&] {
      try {
        shared.run({}, "image", [&] {
          gate.pass();
          throw Error(Kind::kNotFound, "no such image");
        });
      } catch (const Error& e) {
        if (e.kind() == Kind::kNotFound) ++refused;
      }
    };
    threads.emplace_back(want);
    gate.wait_for_one();
    threads.emplace_back(want);
    gate.open();
  }
  EXPECT_EQ(refused, 2);
}

TEST(SharedWork, IsRunAnewByOneWhoWaitsWhenWhoRanItGoesAway) {
  SharedWork shared;
  Gate gate;
  std::atomic<int> runs = 0;
  std::atomic<bool> done = false;
  {
    const std::jthread leader([&] {
      try {
        shared.run({}, "image", [&] {
          ++runs;
          gate.pass();
          throw Error(Kind::kCancelled, "the client went away");
        });
      } catch (const Error&) {
      }
    });
    gate.wait_for_one();
    const std::jthread follower([&] {
      shared.run({}, "image", [&] { ++runs; });
      done = true;
    });
    gate.open();
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace berth::swarm
