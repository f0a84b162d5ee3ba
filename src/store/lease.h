// A lease that is kept up.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "base/context.h"
#include "base/guarded.h"
#include "store/store.h"

namespace berth::store {

struct LeaseOptions {
  std::chrono::milliseconds ttl{2'000};
  std::chrono::milliseconds renew_every{0};  // 0: a quarter of the ttl
  // Called once, on the lease's own thread, when it is lost: not when it is let go. Must not destroy the lease.
  std::function<void()> on_lost;
};

// Granted when made, renewed by a thread of its own, and lost a tenth of its ttl BEFORE the store can end it, by our
// clock: the time is counted from before the renewal was sent. Any thread.
class Lease {
 public:
  // Throws as Store::grant.
  Lease(const Context& context, Store& store, LeaseOptions options, const Clock& clock = system_clock());
  // let_go() unless it was called.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  LeaseId id() const { return id_; }

  // Whether the store surely still has it. Looks at the clock, so that it is right also after this process was stopped
  // for a while; false for ever after.
  bool holds() const;

  // Stops renewing it and ends it in the store, so that its keys are gone; when the store does not answer within a
  // second it ends there by itself. on_lost is not called any more.
  void let_go();
  // Stops renewing it; its keys stay until the ttl has passed.
  void abandon();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct State {
    Time until{};  // when it is lost
    bool over = false;
  };
  void keep_up(const Context& context);
  bool renew(const Context& context);
  void stop_renewing();

  Store& store_;
  const LeaseOptions options_;
  const Clock& clock_;
  LeaseId id_ = LeaseId::kNone;
  std::chrono::milliseconds ttl_{};
  mutable Guarded<State> state_;
  CancelSource cancel_;
  std::jthread thread_;
};

}  // namespace berth::store
