// A bounded queue between threads.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/guarded.h"

namespace berth {

// Any number of senders and receivers. A full channel makes its senders wait: this is the back pressure that keeps
// memory bounded.
template <typename T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  // Waits for room. Returns false, and drops the value, when the channel is closed. Throws kCancelled, kTimeout.
  bool send(const Context& context, T value) {
    auto state = state_.lock();
    state.wait(context, [&] { return state->closed || state->queue.size() < capacity_; });
    if (state->closed) return false;
    state->queue.push_back(std::move(value));
    state_.notify();
    return true;
  }

  // Waits for a value; nothing once the channel is closed and empty. Throws kCancelled, kTimeout.
  std::optional<T> receive(const Context& context) {
    auto state = state_.lock();
    state.wait(context, [&] { return state->closed || !state->queue.empty(); });
    if (state->queue.empty()) return std::nullopt;
    std::optional<T> value(std::move(state->queue.front()));
    state->queue.pop_front();
    state_.notify();
    return value;
  }

  // No value can be sent any more; those in the queue can still be received.
  void close() {
    state_.lock()->closed = true;
    state_.notify();
  }

 private:
  struct State {
    std::deque<T> queue;
    bool closed = false;
  };
  const std::size_t capacity_;
  Guarded<State> state_;
};

}  // namespace berth
