// The time of day and the passing of time, as an argument, so that tests need not wait.
#pragma once

#include <chrono>

namespace berth {

class Clock {
 public:
  virtual ~Clock() = default;
  // Time of day (UTC), for certificates, labels and what people read.
  virtual std::chrono::system_clock::time_point now() const = 0;
  // For measuring durations.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

// The computer's own clock; lives as long as the program. Any thread.
const Clock& system_clock();

}  // namespace berth
