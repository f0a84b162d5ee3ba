#include "swarm/access/rates.h"

#include <algorithm>
#include <cmath>

namespace berth::swarm {

namespace {

constexpr std::size_t kRemembered = 4096;

}  // namespace

std::optional<std::chrono::seconds> Rates::take(const std::string& client, Time now) {
  if (per_second_ <= 0) return std::nullopt;
  const auto buckets = buckets_.lock();
  const auto filled = [&](const Bucket& bucket) {
    const double seconds = std::chrono::duration<double>(now - bucket.since).count();
    return std::min(burst_, bucket.left + seconds * per_second_);
  };
  // A full bucket says nothing.
  if (buckets->size() >= kRemembered) {
    std::erase_if(*buckets, [&](const auto& one) { return filled(one.second) >= burst_; });
  }
  Bucket& bucket = buckets->try_emplace(client, Bucket{burst_, now}).first->second;
  bucket = {filled(bucket), now};
  if (bucket.left < 1) {
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil((1 - bucket.left) / per_second_)));
  }
  bucket.left -= 1;
  return std::nullopt;
}

}  // namespace berth::swarm
