// Starting programs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/context.h"
#include "base/environment.h"
#include "base/fd.h"
#include "base/files.h"

namespace berth {

// What a child's descriptor 0, 1 or 2 becomes.
enum class Stdio {
  kInherit,
  kNull,
  kPipe,  // our end is in Child
};

struct SpawnOptions {
  Stdio in = Stdio::kNull;
  Stdio out = Stdio::kInherit;
  Stdio err = Stdio::kInherit;
  // Where out or err go to a file of the caller's instead; must stay open during spawn().
  std::optional<int> out_fd;
  std::optional<int> err_fd;
  std::optional<Environment> environment;  // ours when absent
  Path folder;                             // ours when empty
  bool new_session = false;                // outlives our terminal: setsid
  // run(): called with each piece of standard output as it comes, on the caller's thread.
  std::function<void(std::string_view bytes)> heard;
};

// How a program ended.
struct ExitStatus {
  int code = 0;    // exit code, or 128 + signal as shells count
  int signal = 0;  // 0 when it exited by itself
  bool ok() const { return code == 0; }
};

// A program that runs. One thread at a time. Ends with SIGKILL when it goes unless waited for or detached.
class Child {
 public:
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  Fd in, out, err;  // our ends of its pipes, where asked for

  // Waits for its end. Throws kCancelled, kTimeout (it goes on running then).
  ExitStatus wait(const Context& context);
  // Sends a signal; does nothing when it has ended.
  void kill(int signal);
  // Lets it run on after us.
  void detach();

 private:
  friend Child spawn(const std::vector<std::string>& argv, const SpawnOptions& options);
  Child() = default;
  pid_t pid_ = -1;
  Fd pidfd_;
};

// Starts argv[0], found on PATH unless it has a slash. Throws kNotFound when there is no such program, kForbidden.
Child spawn(const std::vector<std::string>& argv, const SpawnOptions& options = {});

struct Output {
  ExitStatus status;
  std::string out;
  std::string err;
};

// Runs a program to its end, with `input` as its standard input. Throws as spawn(), kCancelled, kTimeout (it is killed
// then). A failing program is not an Error: look at the status.
Output run(const Context& context, const std::vector<std::string>& argv, std::string_view input = {},
           SpawnOptions options = {});
// As run(), but throws kInternal with the program's last words when it fails. Returns its standard output.
std::string run_checked(const Context& context, const std::vector<std::string>& argv, std::string_view input = {});

// The program's full path as the shell would find it on PATH, or nothing.
std::optional<Path> find_program(std::string_view name, const Environment& environment);

}  // namespace berth
