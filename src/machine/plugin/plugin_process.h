// A driver's program while it runs. Its words come in lines.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/guarded.h"
#include "base/process.h"

namespace berth::machine {

// Runs in a session of its own, so that a Ctrl-C in the terminal reaches only us. One thread; lines are handed over on
// a thread of the process's own. All that it started ends with it.
class PluginProcess {
 public:
  struct Listener {
    std::function<void(std::string line)> out;  // lines of standard output, in order, without their ends
    std::function<void(std::string line)> err;  // of standard error
    std::function<void()> end;                  // after the last line: the program has closed both
  };

  // Throws kForbidden, kInternal when it cannot be started.
  PluginProcess(const Path& program, const Environment& environment, Listener listener);
  // Kills it when it still runs.
  ~PluginProcess();
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;

  // A line to its standard input. Does nothing where it reads no more: what it said last tells why. Throws kCancelled,
  // kTimeout.
  void write_line(const Context& context, std::string line);
  // Asks it, and what it started, to end.
  void terminate();
  // Closes its standard input and waits for its end, for as long as `patience`, then kills it. Never throws.
  void finish(std::chrono::milliseconds patience) noexcept;
  // Why it ended, for an error: "ended with exit code 2: " and its last words. Waits a moment for the end; a program
  // that goes on is said to have closed its output.
  std::string epitaph();

 private:
  void pump(const Context& context);
  void take(Fd& from, std::string& rest, const std::function<void(std::string)>& hand_over);
  void kill();

  Listener listener_;
  Guarded<std::deque<std::string>> last_words_;
  CancelSource stop_;
  Child child_;
  bool ended_ = false;
  ExitStatus status_;
  std::jthread reader_;
};

}  // namespace berth::machine
