// A terminal whose keys go to a program in a container.
#pragma once

#include <memory>

#include "base/fd.h"

namespace berth::cli {

// Hands every key on as it is (no echo, no line editing, Ctrl-C is a byte) while it lives, and puts the terminal back
// as it was however it goes. Does nothing where the descriptor is no terminal.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  struct Before;
  int fd_;
  std::unique_ptr<Before> before_;  // absent: nothing to put back
};

// Says when the terminal's size changed (SIGWINCH). One at a time in a program.
class WindowChanges {
 public:
  WindowChanges();
  ~WindowChanges();
  WindowChanges(const WindowChanges&) = delete;
  WindowChanges& operator=(const WindowChanges&) = delete;

  // Readable after a change, until take().
  int fd() const { return pipe_.read.get(); }
  void take();

 private:
  Pipe pipe_;
};

}  // namespace berth::cli
