#include "store/election.h"

#include <algorithm>
#include <atomic>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "store/etcd_for_tests.h"
#include "store/lease.h"
#include "store/local_store.h"
#include "store/open.h"

namespace berth::store {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

Context patient() { return Context().with_timeout(30s); }

class ManualClock : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return system_clock().steady() + *ahead_.lock(); }
  void advance(std::chrono::milliseconds by) { *ahead_.lock() += by; }

 private:
  mutable Guarded<std::chrono::milliseconds> ahead_;
};

// A store that can be cut off. Leases end in it all the same.
class CutOff : public Store {
 public:
  explicit CutOff(Store& store) : store_(store) {}
  void cut() {
    *cut_.lock() = true;
    cut_.notify();
  }
  void mend() { *cut_.lock() = false; }

  std::string url() const override { return store_.url(); }
  std::optional<Entry> get(const Context& c, const std::string& key) override { return open().get(c, key); }
  Listing list(const Context& c, const std::string& prefix) override { return open().list(c, prefix); }
  std::optional<Revision> commit(const Context& c, const Transaction& t) override { return open().commit(c, t); }
  Grant grant(const Context& c, std::chrono::milliseconds ttl) override { return open().grant(c, ttl); }
  std::optional<std::chrono::milliseconds> renew(const Context& c, LeaseId id) override { return open().renew(c, id); }
  void revoke(const Context& c, LeaseId id) override { open().revoke(c, id); }

  std::unique_ptr<Watch> watch(std::string prefix, Revision after) override {
    class Cut : public Watch {
     public:
      Cut(CutOff& owner, std::unique_ptr<Watch> inner) : owner_(owner), inner_(std::move(inner)) {}
      Changes next(const Context& context) override {
        // In small steps, to see the cut in between.
        for (;;) {
          owner_.open();
          try {
            return inner_->next(context.with_timeout(20ms));
          } catch (const Error& e) {
            if (e.kind() != Kind::kTimeout) throw;
            context.check();
          }
        }
      }

     private:
      CutOff& owner_;
      std::unique_ptr<Watch> inner_;
    };
    return std::make_unique<Cut>(*this, store_.watch(std::move(prefix), after));
  }

 private:
  Store& open() {
    if (*cut_.lock()) throw Error(Kind::kUnavailable, "the store is cut off");
    return store_;
  }
  Store& store_;
  Guarded<bool> cut_;
};

ElectionOptions named(std::string name, std::chrono::milliseconds ttl = 400ms) {
  return {.key = "leader", .name = std::move(name), .ttl = ttl};
}

Standing await(const Election& election, const std::function<bool(const Standing&)>& holds) {
  const Context context = patient();
  Standing standing = election.standing();
  while (!holds(standing)) standing = election.wait_change(context, standing.number);
  return standing;
}
void await_leader(const Election& election, const std::string& name) {
  await(election, [&](const Standing& standing) { return standing.leader == name; });
}
Term await_term(const Election& election) {
  return *await(election, [](const Standing& standing) { return standing.term.has_value(); }).term;
}

TEST(Lease, IsKeptUpPastItsTtl) {
  LocalStore store("memory:", nullptr);
  std::atomic<int> lost = 0;
  Lease lease(patient(), store, {.ttl = 100ms, .on_lost = [&] { ++lost; }});
  const Revision from = store.set(patient(), "a", "1", lease.id());
  EXPECT_THROW(store.watch("", from)->next(Context().with_timeout(400ms)), Error);
  EXPECT_TRUE(lease.holds());
  lease.let_go();
  EXPECT_FALSE(lease.holds());
  EXPECT_FALSE(store.get(patient(), "a"));
  EXPECT_EQ(lost, 0);
}

TEST(Lease, IsLostBeforeTheStoreEndsIt) {
  LocalStore store("memory:", nullptr);
  CutOff cut(store);
  Guarded<bool> lost;
  Lease lease(patient(), cut, {.ttl = 500ms, .on_lost = [&] {
                                 *lost.lock() = true;
                                 lost.notify();
                               }});
  store.set(patient(), "a", "1", lease.id());
  cut.cut();
  auto state = lost.lock();
  state.wait(patient(), [&] { return *state; });
  EXPECT_FALSE(lease.holds());
  EXPECT_TRUE(store.get(patient(), "a"));
}

TEST(Lease, IsLostAtOnceWhenTheStoreHasEndedIt) {
  LocalStore store("memory:", nullptr);
  Guarded<bool> lost;
  Lease lease(patient(), store, {.ttl = 60'000ms, .renew_every = 10ms, .on_lost = [&] {
                                   *lost.lock() = true;
                                   lost.notify();
                                 }});
  store.revoke(patient(), lease.id());
  auto state = lost.lock();
  state.wait(patient(), [&] { return *state; });
}

TEST(Lease, DoesNotHoldAfterItsTimeThoughNoThreadHasNoticed) {
  ManualClock clock;
  LocalStore store("memory:", nullptr);
  Lease lease(patient(), store, {.ttl = 60'000ms}, clock);
  EXPECT_TRUE(lease.holds());
  clock.advance(53'999ms);
  EXPECT_TRUE(lease.holds());
  clock.advance(1ms);
  EXPECT_FALSE(lease.holds());
}

TEST(Lease, LeavesItsKeysForTheRestOfItsTtlWhenItIsAbandoned) {
  LocalStore store("memory:", nullptr);
  Lease lease(patient(), store, {.ttl = 300ms});
  const Revision from = store.set(patient(), "a", "1", lease.id());
  lease.abandon();
  EXPECT_TRUE(store.get(patient(), "a"));
  EXPECT_EQ(store.watch("", from)->next(patient()).events.size(), 1U);
}

TEST(Election, MakesTheOnlyCandidateLeader) {
  LocalStore store("memory:", nullptr);
  Election election({}, store, named("a:1"));
  const Term term = await_term(election);
  EXPECT_TRUE(election.leads());
  EXPECT_EQ(election.standing().leader, "a:1");
  EXPECT_EQ(store.get(patient(), "leader")->modified, term.token);
  EXPECT_FALSE(term.context.cancelled());
}

TEST(Election, TellsTheOthersWhoLeads) {
  LocalStore store("memory:", nullptr);
  Election first({}, store, named("a:1"));
  await_term(first);
  Election second({}, store, named("b:1"));
  await_leader(second, "a:1");
  EXPECT_FALSE(second.leads());
  EXPECT_FALSE(second.term());
}

TEST(Election, LetsAnotherLeadAtOnceWhenTheLeaderResigns) {
  LocalStore store("memory:", nullptr);
  std::optional<Election> first(std::in_place, Context(), store, named("a:1", 60'000ms));
  const Term before = await_term(*first);
  Election second({}, store, named("b:1", 60'000ms));
  await_leader(second, "a:1");
  first.reset();
  EXPECT_TRUE(before.context.cancelled());
  const Term after = await_term(second);
  EXPECT_GT(after.token, before.token);
}

TEST(Election, EndsTheTermOfALeaderThatCannotReachTheStoreBeforeAnotherLeads) {
  LocalStore store("memory:", nullptr);
  CutOff cut(store);
  Election first({}, cut, named("a:1"));
  const Term term = await_term(first);
  Election second({}, store, named("b:1"));
  await_leader(second, "a:1");
  cut.cut();
  await(first, [](const Standing& standing) { return !standing.term; });
  EXPECT_TRUE(term.context.cancelled());
  EXPECT_FALSE(second.leads());
  await_term(second);
  EXPECT_FALSE(first.leads());
  cut.mend();
  await_leader(first, "b:1");
}

TEST(Election, GoesOnWhenTheStoreIsBack) {
  LocalStore store("memory:", nullptr);
  CutOff cut(store);
  Election election({}, cut, named("a:1"));
  const Term before = await_term(election);
  cut.cut();
  await(election, [](const Standing& standing) { return standing.leader.empty(); });
  cut.mend();
  EXPECT_GT(await_term(election).token, before.token);
}

TEST(Election, EndsTheTermOfALeaderWhoseKeyIsTaken) {
  LocalStore store("memory:", nullptr);
  Election election({}, store, named("a:1", 60'000ms));
  await_term(election);
  store.set(patient(), "leader", "someone:1");
  await_leader(election, "someone:1");
  EXPECT_FALSE(election.leads());
}

TEST(Election, FencesWhatALeaderWritesAfterItsTerm) {
  LocalStore store("memory:", nullptr);
  std::optional<Election> first(std::in_place, Context(), store, named("a:1"));
  const Term term = await_term(*first);
  const Condition fence = first->fence(term);
  EXPECT_TRUE(store.commit(patient(), {{fence}, {put("plan", "1")}}));
  first.reset();
  Election second({}, store, named("b:1"));
  const Term next = await_term(second);
  EXPECT_FALSE(store.commit(patient(), {{fence}, {put("plan", "2")}}));
  EXPECT_TRUE(store.commit(patient(), {{second.fence(next)}, {put("plan", "3")}}));
}

// The leader's clock jumps, as it does for a process that was stopped: nobody has told it yet, it knows all the same.
TEST(Election, DoesNotLeadAfterItsTimeThoughNoThreadHasNoticed) {
  ManualClock clock;
  LocalStore store("memory:", nullptr);
  Election election({}, store, named("a:1", 60'000ms), clock);
  await_term(election);
  EXPECT_TRUE(election.leads());
  clock.advance(54'000ms);
  EXPECT_FALSE(election.leads());
  EXPECT_FALSE(election.term());
}

TEST(Election, HasOneLeaderAtATimeWhileStoresComeAndGo) {
  LocalStore store("memory:", nullptr);
  constexpr std::size_t kCandidates = 4;
  std::vector<std::unique_ptr<CutOff>> cuts;
  std::vector<std::unique_ptr<Election>> elections;
  for (std::size_t i = 0; i < kCandidates; ++i) {
    cuts.push_back(std::make_unique<CutOff>(store));
    elections.push_back(std::make_unique<Election>(Context(), *cuts[i], named("c" + std::to_string(i), 200ms)));
  }
  const auto leaders = [&] {
    return std::count_if(elections.begin(), elections.end(), [](const auto& one) { return one->leads(); });
  };
  std::atomic<int> most = 0;
  std::jthread observer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      most = std::max(most.load(), static_cast<int>(leaders()));
      std::this_thread::sleep_for(200us);
    }
  });
  const Context context = patient();
  for (std::size_t round = 0; round < 12; ++round) {
    std::size_t leader = kCandidates;
    while (leader == kCandidates) {
      context.sleep_for(1ms);
      leader = 0;
      while (leader < kCandidates && !elections[leader]->leads()) ++leader;
    }
    cuts[leader]->cut();
    await(*elections[leader], [](const Standing& standing) { return !standing.term; });
    if (round % 3 == 2) {
      for (auto& cut : cuts) cut->cut();
      for (auto& election : elections)
        await(*election, [](const Standing& standing) { return standing.leader.empty(); });
    }
    for (auto& cut : cuts) cut->mend();
  }
  observer = {};
  EXPECT_EQ(most, 1);
}

// A candidate in a process of its own. It writes "+" while it leads and "-" while it does not, with the time, once a
// millisecond; a line at a time to a file, as it may be killed.
class Candidate {
 public:
  Candidate(const std::string& url, const std::string& name) {
    Pipe pipe = make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      try {
        run(url, name, pipe.write.get());
      } catch (...) {
        ::_exit(1);
      }
    }
    output_ = std::move(pipe.read);
  }
  ~Candidate() { kill(SIGKILL); }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  void kill(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    if (signal != SIGKILL) return;
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  // Waits for the next time it says `what`; returns when that was.
  std::chrono::steady_clock::time_point await(char what) {
    for (;;) {
      const Said said = next();
      if (said.what == what) return std::chrono::steady_clock::time_point(said.time);
    }
  }
  // What it says until nothing is left to read.
  std::vector<char> rest() {
    std::vector<char> all;
    pollfd one{output_.get(), POLLIN, 0};
    while (::poll(&one, 1, 0) > 0) all.push_back(next().what);
    return all;
  }

 private:
  struct Said {
    std::chrono::steady_clock::duration time{};
    char what = 0;
  };

  [[noreturn]] static void run(const std::string& url, const std::string& name, int out) {
    const auto store = store_of(url);
    Election election({}, *store, {.key = "leader", .name = name});
    for (Said last;;) {
      const Said now{std::chrono::steady_clock::now().time_since_epoch(), election.leads() ? '+' : '-'};
      if (now.what != last.what) {
        [[maybe_unused]] const auto written = ::write(out, &now, sizeof now);
        last = now;
      }
      Context().sleep_for(1ms);
    }
  }
  Said next() {
    Said said;
    patient().wait(output_.get(), POLLIN);
    if (::read(output_.get(), &said, sizeof said) != sizeof said) throw Error(Kind::kUnavailable, "the candidate died");
    return said;
  }

  pid_t pid_ = -1;
  Fd output_;
};

class EtcdElection : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
    // As people run it: leases have two seconds at least.
    cluster = std::make_unique<EtcdCluster>(1, EtcdCluster::Pace::kDefault);
    url = cluster->url("swarm");
  }
  std::unique_ptr<EtcdCluster> cluster;
  std::string url;
};

TEST_F(EtcdElection, AnotherLeadsWithinThreeSecondsAfterTheLeaderIsKilled) {
  Candidate first(url, "a:1");
  first.await('+');
  Candidate second(url, "b:1");
  second.await('-');
  const auto killed = std::chrono::steady_clock::now();
  first.kill(SIGKILL);
  EXPECT_LT(second.await('+') - killed, 3s);
}

TEST_F(EtcdElection, ALeaderThatWasStoppedDoesNotLeadWhenItGoesOn) {
  Candidate first(url, "a:1");
  first.await('+');
  Candidate second(url, "b:1");
  second.await('-');
  first.kill(SIGSTOP);
  second.await('+');
  EXPECT_THAT(first.rest(), IsEmpty());
  first.kill(SIGCONT);
  // The first thing it says is that it does not lead; it had no other moment to find out.
  first.await('-');
  EXPECT_THAT(second.rest(), IsEmpty());
}

TEST(EtcdClusterElection, HasOneLeaderThroughLossAndReturnOfTheQuorum) {
  if (!has_etcd()) GTEST_SKIP() << "there is no program 'etcd'";
  EtcdCluster cluster(3, EtcdCluster::Pace::kDefault);
  const auto one = store_of(cluster.url("swarm"));
  const auto two = store_of(cluster.url("swarm"));
  Election first({}, *one, {.name = "a:1"});
  const Term before = await_term(first);
  Election second({}, *two, {.name = "b:1"});
  await_leader(second, "a:1");
  std::atomic<bool> both = false;
  std::jthread observer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (first.leads() && second.leads()) both = true;
      std::this_thread::sleep_for(500us);
    }
  });
  cluster.kill(1);
  cluster.kill(2);
  await(first, [](const Standing& standing) { return !standing.term; });
  EXPECT_TRUE(before.context.cancelled());
  cluster.start(1);
  const Context context = patient();
  while (!first.leads() && !second.leads()) context.sleep_for(10ms);
  const auto after = first.leads() ? first.term() : second.term();
  ASSERT_TRUE(after);
  EXPECT_GT(after->token, before.token);
  observer = {};
  EXPECT_FALSE(both);
}

}  // namespace
}  // namespace berth::store
