// Owner of a file descriptor.
#pragma once

#include <string_view>
#include <utility>

#include <sys/types.h>

namespace berth {

// Closes its descriptor when it goes. Movable, not copyable; one thread at a time.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// Both ends of a pipe, close-on-exec.
struct Pipe {
  Fd read;
  Fd write;
};
Pipe make_pipe();

// Sets or clears O_NONBLOCK. Throws kInternal.
void set_nonblocking(int fd, bool on);

// write() to a pipe that may have no reader: EPIPE without the signal, whatever the program does with SIGPIPE.
ssize_t write_quietly(int fd, std::string_view bytes);

}  // namespace berth
