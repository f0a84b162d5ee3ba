#include "net/hangup.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <thread>
#include <unordered_map>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/guarded.h"

namespace berth::net {

namespace {

constexpr std::uint64_t kWakeUp = 0;

}  // namespace

struct HangupWatch::State {
  struct Watched {
    std::unordered_map<std::uint64_t, std::function<void()>> all;
    std::uint64_t last = kWakeUp;
  };

  State() : epoll(::epoll_create1(EPOLL_CLOEXEC)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll || !wake) throw system_error(errno, "making a watch");
    add(wake.get(), EPOLLIN, kWakeUp);
    thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  ~State() {
    thread.request_stop();
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
    thread.join();
  }

  void add(int fd, std::uint32_t events, std::uint64_t number) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw system_error(errno, "watching a connection");
  }

  void run(const std::stop_token& stop) {
    std::array<epoll_event, 64> events;
    while (!stop.stop_requested()) {
      const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        // Called with the lock held, so that a guard's end waits for it.
        const auto lock = watched.lock();
        const auto found = lock->all.find(events[static_cast<std::size_t>(i)].data.u64);
        if (found == lock->all.end()) continue;
        found->second();
        lock->all.erase(found);
      }
    }
  }

  Fd epoll;
  Fd wake;
  Guarded<Watched> watched;
  std::jthread thread;
};

HangupWatch::HangupWatch() : state_(std::make_unique<State>()) {}
HangupWatch::~HangupWatch() = default;

std::unique_ptr<HangupWatch::Guard> HangupWatch::watch(const Stream& stream, std::function<void()> gone) {
  State* const state = state_.get();
  const int fd = stream.read_fd();
  std::uint64_t number = 0;
  {
    const auto lock = state->watched.lock();
    number = ++lock->last;
    lock->all.emplace(number, std::move(gone));
  }
  state->add(fd, EPOLLRDHUP | EPOLLONESHOT, number);
  return std::unique_ptr<Guard>(new Guard([state, fd, number] {
    ::epoll_ctl(state->epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
    state->watched.lock()->all.erase(number);
  }));
}

HangupWatch::Guard::~Guard() { end_(); }

}  // namespace berth::net
