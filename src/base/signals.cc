#include "base/signals.h"

#include <cerrno>

namespace berth {

namespace {

// Wakes the thread for its end; nobody else sends it to us.
constexpr int kWake = SIGUSR2;

sigset_t taken() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, kWake}) sigaddset(&set, number);
  return set;
}

}  // namespace

Signals::Signals(std::function<void(int, int)> handle) {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = taken();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  thread_ = std::jthread([handle = std::move(handle), set](const std::stop_token& stop) {
    for (int count = 0; !stop.stop_requested();) {
      const int number = ::sigwaitinfo(&set, nullptr);
      if (number > 0 && number != kWake) handle(number, ++count);
    }
  });
}

Signals::~Signals() {
  thread_.request_stop();
  ::pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace berth
