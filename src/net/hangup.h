// Noticing that the other side is gone while nothing is read from it.
#pragma once

#include <functional>
#include <memory>

#include "net/stream.h"

namespace berth::net {

// One thread that waits for the end of any number of streams. Any thread.
class HangupWatch {
 public:
  // Watches from its making to its end.
  class Guard {
   public:
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    friend class HangupWatch;
    explicit Guard(std::function<void()> end) : end_(std::move(end)) {}
    std::function<void()> end_;
  };

  // Throws kInternal when the system has no more descriptors.
  HangupWatch();
  ~HangupWatch();

  // `gone` is called once, on the watch's thread, when the other side has closed its end or the connection broke; not
  // after the guard is gone. It must not wait. `stream` and the watch must outlive the guard.
  std::unique_ptr<Guard> watch(const Stream& stream, std::function<void()> gone);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::net
