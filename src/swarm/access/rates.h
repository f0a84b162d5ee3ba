// How often each client may ask.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.h"

namespace berth::swarm {

// A bucket of permissions for each client, which fills up again in time. Any thread.
class Rates {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `per_second` requests, and `burst` at once. 0: no limit.
  Rates(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Takes one. When there is none: after how many seconds there is.
  std::optional<std::chrono::seconds> take(const std::string& client, Time now);

 private:
  struct Bucket {
    double left;
    Time since;
  };
  const double per_second_;
  const double burst_;
  Guarded<std::unordered_map<std::string, Bucket>> buckets_;
};

}  // namespace berth::swarm
