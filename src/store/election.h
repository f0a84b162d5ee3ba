// Electing one leader among processes that share a store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/context.h"
#include "base/guarded.h"
#include "store/store.h"

namespace berth::store {

class Lease;

struct ElectionOptions {
  std::string key = "docker/swarm/leader";
  std::string name;  // what others are told who leads, such as "10.0.0.5:4000"
  // After a leader's death another leads within this time and a second; etcd has no leases below two seconds.
  std::chrono::milliseconds ttl{2'000};
};

// Our time as the leader. A value.
struct Term {
  // Grows from leader to leader: the fencing token. Writes that only a leader may do carry fence() as a condition; then
  // one who was leader and does not know yet that it is over changes nothing.
  Revision token = 0;
  // Cancelled when the term is over; cancelled with the context the election was made with, too.
  Context context;
};

// Who leads, as far as this process knows.
struct Standing {
  std::string leader;        // empty: nobody, or the store cannot be reached
  std::optional<Term> term;  // ours
  std::uint64_t number = 0;  // grows with each change
};

// Runs for leader from its making to its end, on a thread of its own, through loss and return of the store. Who holds
// the key leads; it lies under a lease, whose holder stops being leader before the store can give the key to another.
// Two processes never lead at the same time as long as their steady clocks run equally fast (to a tenth); where even
// that fails, and for calls that were on their way when the term ended, there is the fencing token.
// Any thread.
class Election {
 public:
  // Does not wait for the store. `store` must outlive it.
  Election(const Context& context, Store& store, ElectionOptions options, const Clock& clock = system_clock());
  // Resigns: when the store answers within a second, another can lead at once.
  ~Election();
  Election(const Election&) = delete;
  Election& operator=(const Election&) = delete;

  // Whether we lead at this moment. Looks at the clock: right also when this process was stopped a while, before any
  // thread of ours noticed. Takes no I/O.
  bool leads() const;
  // Our term, while leads().
  std::optional<Term> term() const;
  // The condition that keeps a transaction from being applied after that term's end.
  Condition fence(const Term& term) const { return {options_.key, term.token}; }

  Standing standing() const;
  // Waits until the standing is another than the one with this number. Throws kCancelled, kTimeout.
  Standing wait_change(const Context& context, std::uint64_t seen) const;

 private:
  struct State {
    Standing standing;
    const Lease* lease = nullptr;  // of our term
  };
  void run(const Context& context);
  void campaign(const Context& context);
  // Until the leader's key has gone or changed.
  void follow(const Context& context, const Entry& leader);
  // Until the term is over.
  void lead(const Context& context, const Lease& lease, CancelSource& term, Revision token);
  // await_change(), for a leader: false when it is to be tried again, true also when the term is over.
  bool sees_change(const Context& context, Revision seen);
  // Until the key changes after `seen`. Throws kUnavailable when the store cannot be reached for a ttl.
  void await_change(const Context& context, Revision seen);
  void report(std::string leader, std::optional<Term> term = std::nullopt, const Lease* lease = nullptr);

  Store& store_;
  const ElectionOptions options_;
  const Clock& clock_;
  mutable Guarded<State> state_;
  CancelSource cancel_;
  std::jthread thread_;
};

}  // namespace berth::store
