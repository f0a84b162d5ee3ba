// A value that can be reached only while its mutex is held.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/context.h"
#include "base/error.h"

namespace berth {

// Never do I/O while holding the lock. wait() and notify() replace a separate condition variable.
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  class Lock {
   public:
    T* operator->() const { return &owner_->value_; }
    T& operator*() const { return owner_->value_; }

    // Lets the lock go until `ready()` holds. Throws kCancelled, kTimeout.
    template <typename Ready>
    void wait(const Context& context, Ready ready) {
      const auto token = context.stop_token();
      bool held;
      if (const auto deadline = context.deadline()) {
        held = owner_->changed_.wait_until(lock_, token, *deadline, ready);
      } else {
        held = owner_->changed_.wait(lock_, token, ready);
      }
      if (held) return;
      context.check();
      throw Error(Kind::kTimeout, "timed out");
    }

   private:
    friend class Guarded;
    explicit Lock(Guarded* owner) : owner_(owner), lock_(owner->mutex_) {}
    Guarded* owner_;
    std::unique_lock<std::mutex> lock_;
  };

  Lock lock() { return Lock(this); }

  // Wakes all that wait. Call after a change, with or without the lock held.
  void notify() { changed_.notify_all(); }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  T value_{};
};

}  // namespace berth
