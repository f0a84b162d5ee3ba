#include "loop.h"

#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

namespace berth::fleet {

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_ || !wake_) throw system_error(errno, "making an event loop");
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
    throw system_error(errno, "watching a wake-up");
}

void Loop::watch(int fd, std::uint32_t events, Source& source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &source;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw system_error(errno, "watching a socket");
}

void Loop::change(int fd, std::uint32_t events, Source& source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &source;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) throw system_error(errno, "watching a socket");
}

void Loop::forget(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

Loop::Timer Loop::after(Clock::duration delay, Task task) {
  const Timer timer{Clock::now() + delay, ++next_timer_};
  timers_.emplace(timer, std::move(task));
  return timer;
}

void Loop::post(Task task) {
  posted_.lock()->push_back(std::move(task));
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);  // full: it is awake
}

int Loop::wait_milliseconds() const {
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first.at - Clock::now();
  if (left <= Clock::duration::zero()) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Loop::run_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.at <= now) {
    const Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

void Loop::run_posted() {
  std::uint64_t count;
  [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
  std::vector<Task> tasks;
  std::swap(tasks, *posted_.lock());
  for (const Task& task : tasks) task();
}

void Loop::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { post([] {}); });
  std::array<epoll_event, 256> events;
  while (!stop.stop_requested()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_milliseconds());
    if (count < 0 && errno != EINTR) throw system_error(errno, "waiting for events");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        run_posted();
      } else {
        static_cast<Source*>(event.data.ptr)->ready(event.events);
      }
    }
    run_timers();
    buried_.clear();
  }
}

}  // namespace berth::fleet
