// An epoll loop: descriptors, timers, and work handed in by other threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/fd.h"
#include "base/guarded.h"

namespace berth::fleet {

// What waits for a descriptor.
class Source {
 public:
  virtual ~Source() = default;
  // `events` are epoll's.
  virtual void ready(std::uint32_t events) = 0;
};

// All but post() is for the thread that runs it.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Level-triggered. The source must be forgotten, or kept with bury(), before it goes.
  void watch(int fd, std::uint32_t events, Source& source);
  void change(int fd, std::uint32_t events, Source& source);
  void forget(int fd);
  // Frees the source once no event of this round can name it.
  void bury(std::unique_ptr<Source> source) { buried_.push_back(std::move(source)); }

  struct Timer {
    Clock::time_point at{};
    std::uint64_t number = 0;
    auto operator<=>(const Timer&) const = default;
  };
  Timer after(Clock::duration delay, Task task);
  void cancel(const Timer& timer) { timers_.erase(timer); }

  // Runs `task` on the loop's thread, soon. Any thread.
  void post(Task task);

  // Until stop is asked for.
  void run(const std::stop_token& stop);

 private:
  int wait_milliseconds() const;
  void run_timers();
  void run_posted();

  Fd epoll_;
  Fd wake_;
  std::map<Timer, Task> timers_;
  std::uint64_t next_timer_ = 0;
  std::vector<std::unique_ptr<Source>> buried_;
  Guarded<std::vector<Task>> posted_;
};

}  // namespace berth::fleet
