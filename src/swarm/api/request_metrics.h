// How many requests a manager has answered, and how fast.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/guarded.h"
#include "http/server.h"

namespace berth::swarm {

// Upper bounds of the histogram's buckets, in seconds; what is slower is in one more.
inline constexpr std::array<double, 11> kLatencyBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                          0.05,   0.1,   0.5,    2.5,   10};

// Requests by route and status. Any thread; a request costs one short lock.
class RequestMetrics {
 public:
  // Answers by `work`, and counts the answer, or the Error that becomes one. What counts is the time to the answer's
  // beginning: logs and events go on for hours. `method` and `path` are those of the route and live as long as this.
  void measure(std::string_view method, std::string_view path, http::Exchange& exchange,
               const std::function<void()>& work);

  struct Histogram {
    std::array<std::uint64_t, kLatencyBounds.size() + 1> buckets{};
    std::uint64_t count = 0;
    double seconds = 0;
  };
  struct Key {
    std::string_view method;
    std::string_view path;
    int status = 0;
    auto operator<=>(const Key&) const = default;
  };
  void note(const Key& key, std::chrono::nanoseconds taken);
  std::map<Key, Histogram> histograms() const { return *histograms_.lock(); }
  // Requests that are being answered, streams too.
  std::int64_t at_work() const { return at_work_; }
  // When the counting began.
  std::chrono::system_clock::time_point began() const { return began_; }

 private:
  mutable Guarded<std::map<Key, Histogram>> histograms_;
  std::atomic<std::int64_t> at_work_ = 0;
  const std::chrono::system_clock::time_point began_ = std::chrono::system_clock::now();
};

}  // namespace berth::swarm
