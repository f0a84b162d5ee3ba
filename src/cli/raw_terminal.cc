#include "cli/raw_terminal.h"

#include <atomic>
#include <cerrno>
#include <csignal>

#include <termios.h>
#include <unistd.h>

namespace berth::cli {

namespace {

// Where the signal handler writes; a handler can reach nothing but globals.
std::atomic<int> window_fd = -1;

void on_window_change(int) {
  const int saved = errno;
  const char byte = 0;
  if (const int fd = window_fd; fd >= 0) static_cast<void>(!::write(fd, &byte, 1));
  errno = saved;
}

}  // namespace

struct RawTerminal::Before {
  termios mode{};
};

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  Before before;
  if (::tcgetattr(fd, &before.mode) != 0) return;
  termios raw = before.mode;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd, TCSADRAIN, &raw) == 0) before_ = std::make_unique<Before>(before);
}

RawTerminal::~RawTerminal() {
  if (before_) ::tcsetattr(fd_, TCSADRAIN, &before_->mode);
}

WindowChanges::WindowChanges() : pipe_(make_pipe()) {
  set_nonblocking(pipe_.read.get(), true);
  set_nonblocking(pipe_.write.get(), true);  // a full pipe says enough
  window_fd = pipe_.write.get();
  struct sigaction action{};
  action.sa_handler = on_window_change;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, nullptr);
}

WindowChanges::~WindowChanges() {
  std::signal(SIGWINCH, SIG_DFL);
  window_fd = -1;
}

void WindowChanges::take() {
  char bytes[64];
  while (::read(fd(), bytes, sizeof bytes) > 0) {
  }
}

}  // namespace berth::cli
