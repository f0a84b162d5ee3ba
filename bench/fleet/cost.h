// What another process uses, read from outside.
#pragma once

#include <chrono>
#include <cstdint>

#include <sys/types.h>

namespace berth::fleet {

struct Cost {
  std::chrono::nanoseconds cpu{};  // user and system, of all its threads, ended ones too
  std::int64_t resident = 0;       // bytes, shared pages counted whole
  std::int64_t peak = 0;           // the most ever
  std::int64_t threads = 0;
};

// Throws kNotFound when there is no such process, kForbidden.
Cost cost_of(pid_t pid);

}  // namespace berth::fleet
