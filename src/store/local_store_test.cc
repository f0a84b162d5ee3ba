#include "store/local_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Context patient() { return Context().with_timeout(20s); }

class ManualClock : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return *time_.lock(); }
  void advance(std::chrono::milliseconds by) { *time_.lock() += by; }

 private:
  mutable Guarded<std::chrono::steady_clock::time_point> time_{std::chrono::steady_clock::time_point(1h)};
};

// Keeps nothing, and fails when it is told to.
class FailingJournal : public Journal {
 public:
  explicit FailingJournal(bool& fails) : fails_(fails) {}
  Contents load() override { return {}; }
  void append(const std::vector<Event>&) override {
    if (fails_) throw Error(Kind::kInternal, "the disk is full");
  }

 private:
  bool& fails_;
};

TEST(LocalStore, TellsAWatchThatItHasForgottenWhatItAsksFor) {
  LocalStore store("memory:", nullptr);
  const auto late = store.watch("", 1);
  const auto in_time = store.watch("a", 5);
  for (std::size_t i = 0; i < LocalStore::kMostHistory + 5; ++i) store.set(patient(), "a", std::to_string(i));
  EXPECT_TRUE(late->next(patient()).compacted);
  const Changes changes = in_time->next(patient());
  EXPECT_FALSE(changes.compacted);
  EXPECT_EQ(changes.events.size(), LocalStore::kMostHistory);
}

TEST(LocalStore, ForgetsBySizeToo) {
  LocalStore store("memory:", nullptr);
  const auto watch = store.watch("", 0);
  for (std::size_t i = 0; i < 20; ++i) store.set(patient(), "a", std::string(kMostBytes - 1, 'x'));
  EXPECT_TRUE(watch->next(patient()).compacted);
}

TEST(LocalStore, EndsALeaseByItsClock) {
  ManualClock clock;
  LocalStore store("memory:", nullptr, clock);
  const Grant grant = store.grant(patient(), 10s);
  const Revision from = store.set(patient(), "a", "1", grant.id);
  clock.advance(9'999ms);
  EXPECT_EQ(store.renew(patient(), grant.id), 10s);
  clock.advance(9'999ms);
  EXPECT_TRUE(store.get(patient(), "a"));
  clock.advance(1ms);
  EXPECT_FALSE(store.get(patient(), "a"));
  EXPECT_FALSE(store.renew(patient(), grant.id));
  EXPECT_EQ(store.watch("", from)->next(patient()).events, (std::vector<Event>{{"a", std::nullopt, from + 1}}));
}

TEST(LocalStore, ChangesNothingThatCouldNotBeKept) {
  bool fails = false;
  ManualClock clock;
  LocalStore store("sqlite:///x", std::make_unique<FailingJournal>(fails), clock);
  const Revision before = store.set(patient(), "a", "1");
  fails = true;
  EXPECT_THROW(store.set(patient(), "a", "2"), Error);
  EXPECT_EQ(store.get(patient(), "a"), (Entry{"a", "1", before, LeaseId::kNone}));
  fails = false;
  EXPECT_EQ(store.set(patient(), "a", "3"), before + 1);
}

}  // namespace
}  // namespace berth::store
