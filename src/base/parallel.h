// The same work on many items at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"

namespace berth {

// Calls work(item) for every item on at most `limit` threads; returns, in the items' order, the Error of each that
// threw one. Does not stop at the first: a fan-out's outcomes are values. An exception that is not an Error becomes
// kInternal.
template <typename Item, typename Work>
std::vector<std::optional<Error>> for_each_parallel(std::vector<Item>& items, std::size_t limit, Work work) {
  std::vector<std::optional<Error>> outcomes(items.size());
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < items.size();) {
      try {
        work(items[i]);
      } catch (const Error& e) {
        outcomes[i] = e;
      } catch (const std::exception& e) {
        outcomes[i] = Error(Kind::kInternal, e.what());
      }
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < limit && i < items.size(); ++i) threads.emplace_back(run);
  run();
  threads.clear();
  return outcomes;
}

}  // namespace berth
