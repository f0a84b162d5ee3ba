// Ctrl-C and its kin.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace berth {

// Takes SIGINT, SIGTERM and SIGHUP of the process while it lives and hands each, with its count so far (1, 2, ...), to
// `handle` on a thread of its own: the first is a request to stop gracefully, the second to stop at once. Make it
// before any other thread, in main; one at a time.
class Signals {
 public:
  explicit Signals(std::function<void(int signal, int count)> handle);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  sigset_t before_;
  std::jthread thread_;
};

}  // namespace berth
