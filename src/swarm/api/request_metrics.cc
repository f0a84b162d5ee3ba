#include "swarm/api/request_metrics.h"

#include <algorithm>

#include "base/error.h"

namespace berth::swarm {

void RequestMetrics::measure(std::string_view method, std::string_view path, http::Exchange& exchange,
                             const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  ++at_work_;
  const auto end = [&](int status) {
    --at_work_;
    const auto answered = exchange.started() ? exchange.answered() : std::chrono::steady_clock::now();
    note({method, path, exchange.started() ? exchange.status() : status}, answered - begin);
  };
  try {
    work();
  } catch (const Error& e) {
    const auto* refused = dynamic_cast<const http::Refused*>(&e);
    end(refused != nullptr ? refused->status() : http_status(e.kind()));
    throw;
  } catch (...) {
    end(500);
    throw;
  }
  end(0);
}

void RequestMetrics::note(const Key& key, std::chrono::nanoseconds taken) {
  const double seconds = std::chrono::duration<double>(taken).count();
  const auto bucket = static_cast<std::size_t>(std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds) -
                                               kLatencyBounds.begin());
  const auto lock = histograms_.lock();
  Histogram& histogram = (*lock)[key];
  ++histogram.buckets[bucket];
  ++histogram.count;
  histogram.seconds += seconds;
}

}  // namespace berth::swarm
