#include "base/context.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

namespace berth {

struct Context::State {
  State() : wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake) throw system_error(errno, "making an event descriptor");
  }

  void cancel() {
    source.request_stop();
    const std::uint64_t one = 1;
    // The counter only ever has to be non-zero; a full counter is as good.
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
  }

  std::stop_source source;
  Fd wake;
  // Declared last: it must go first, so that a parent's cancel cannot reach a half-destroyed state.
  std::optional<std::stop_callback<std::function<void()>>> on_parent;
};

CancelSource::CancelSource(const Context& parent) {
  context_.state_ = std::make_shared<Context::State>();
  context_.deadline_ = parent.deadline_;
  if (parent.state_) {
    Context::State* state = context_.state_.get();
    state->on_parent.emplace(parent.stop_token(), [state] { state->cancel(); });
  }
}

CancelSource::~CancelSource() = default;

void CancelSource::cancel() { context_.state_->cancel(); }

Context Context::with_deadline(Clock::time_point deadline) const {
  Context copy = *this;
  copy.deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  return copy;
}

Context Context::detached() const {
  Context copy;
  copy.deadline_ = deadline_;
  return copy;
}

bool Context::cancelled() const { return state_ && state_->source.stop_requested(); }

std::stop_token Context::stop_token() const { return state_ ? state_->source.get_token() : std::stop_token(); }

void Context::check() const {
  if (cancelled()) throw Error(Kind::kCancelled, "cancelled");
  if (deadline_ && Clock::now() >= *deadline_) throw Error(Kind::kTimeout, "timed out");
}

bool Context::poll_until(std::span<pollfd> fds, std::optional<Clock::time_point> limit) const {
  std::array<pollfd, 8> all{};
  if (fds.size() >= all.size()) throw Error(Kind::kInternal, "waiting on too many descriptors at once");
  std::copy(fds.begin(), fds.end(), all.begin());
  all[fds.size()] = {state_ ? state_->wake.get() : -1, POLLIN, 0};
  for (;;) {
    check();
    timespec timeout{};
    if (limit) {
      const auto left = std::max(*limit - Clock::now(), Clock::duration::zero());
      timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      timeout.tv_nsec = (left % std::chrono::seconds(1)).count();
    }
    const int ready = ::ppoll(all.data(), fds.size() + 1, limit ? &timeout : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) throw system_error(errno, "waiting on a descriptor");
    if (ready > 0) {
      if (cancelled()) throw Error(Kind::kCancelled, "cancelled");
      std::copy_n(all.begin(), fds.size(), fds.begin());
      return true;
    }
    if (ready == 0 && limit && Clock::now() >= *limit) return false;
  }
}

void Context::wait_any(std::span<pollfd> fds) const {
  if (!poll_until(fds, deadline_)) throw Error(Kind::kTimeout, "timed out");
}

bool Context::wait_any_for(std::span<pollfd> fds, Clock::duration duration) const {
  const auto until = Clock::now() + duration;
  if (poll_until(fds, deadline_ ? std::min(*deadline_, until) : until)) return true;
  if (deadline_ && *deadline_ < until) throw Error(Kind::kTimeout, "timed out");
  return false;
}

short Context::wait(int fd, short events) const {
  pollfd one{fd, events, 0};
  wait_any({&one, 1});
  return one.revents;
}

void Context::sleep_for(Clock::duration duration) const {
  const auto until = Clock::now() + duration;
  poll_until({}, deadline_ ? std::min(*deadline_, until) : until);
  if (deadline_ && *deadline_ < until) throw Error(Kind::kTimeout, "timed out");
}

}  // namespace berth
