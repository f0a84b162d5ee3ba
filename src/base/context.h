// Deadline and cancellation, handed down to whatever waits.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

struct pollfd;

namespace berth {

class CancelSource;

// Says how long to go on. A value: copies share the cancellation and have a deadline each. Safe to use from any thread.
// Every blocking wait of Berth is either Context::wait (on a descriptor) or a condition variable given stop_token()
// and deadline(), so that Ctrl-C ends any wait at once.
class Context {
 public:
  using Clock = std::chrono::steady_clock;

  // Never cancelled, no deadline.
  Context() = default;

  // The same cancellation, and the earlier of this deadline and the given one.
  [[nodiscard]] Context with_deadline(Clock::time_point deadline) const;
  [[nodiscard]] Context with_timeout(Clock::duration timeout) const { return with_deadline(Clock::now() + timeout); }
  // The same deadline, never cancelled: for clean-up that must still run after Ctrl-C.
  [[nodiscard]] Context detached() const;

  bool cancelled() const;
  std::optional<Clock::time_point> deadline() const { return deadline_; }
  std::stop_token stop_token() const;

  // Throws kCancelled or kTimeout when it is time to stop, else does nothing.
  void check() const;

  // Waits until `fd` is ready for one of `events` (as poll's) and returns those that are, error and hang-up bits
  // included. Throws kCancelled, kTimeout.
  short wait(int fd, short events) const;

  // As wait(), for any of several; their revents are filled in. Negative descriptors are passed over, as poll does.
  void wait_any(std::span<pollfd> fds) const;

  // As wait_any(), but returns false when `duration` passed first.
  bool wait_any_for(std::span<pollfd> fds, Clock::duration duration) const;

  // Sleeps for `duration`, or less when the deadline is earlier. Throws kCancelled, kTimeout.
  void sleep_for(Clock::duration duration) const;

 private:
  friend class CancelSource;
  struct State;

  // poll on `fds` and the wake descriptor. Returns false when `limit` passed first.
  bool poll_until(std::span<pollfd> fds, std::optional<Clock::time_point> limit) const;

  std::shared_ptr<State> state_;
  std::optional<Clock::time_point> deadline_;
};

// Cancels the contexts it hands out; is itself cancelled with its parent. cancel() may be called from any thread, any
// number of times.
class CancelSource {
 public:
  explicit CancelSource(const Context& parent = {});
  ~CancelSource();
  CancelSource(CancelSource&&) noexcept = default;
  CancelSource& operator=(CancelSource&&) noexcept = default;

  const Context& context() const { return context_; }
  void cancel();

 private:
  Context context_;
};

}  // namespace berth
