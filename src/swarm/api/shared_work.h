// Work that several want done at the same time, done once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/error.h"
#include "base/guarded.h"

namespace berth::swarm {

// Any thread.
class SharedWork {
 public:
  // Runs work(), or waits for who runs it under the same key just now. Throws what it threw for whoever ran it, and
  // kCancelled, kTimeout. When who ran it went away, one of those that wait runs it anew.
  template <typename Work>
  void run(const Context& context, const std::string& key, Work work) {
    for (;;) {
      const auto [flight, is_ours] = join(key);
      if (is_ours) return lead(key, *flight, work);
      if (follow(context, *flight)) return;
    }
  }

 private:
  struct Flight {
    bool done = false;
    std::optional<Error> error;
  };
  using FlightPtr = std::shared_ptr<Flight>;

  std::pair<FlightPtr, bool> join(const std::string& key) {
    const auto flights = flights_.lock();
    FlightPtr& flight = (*flights)[key];
    if (flight) return {flight, false};
    flight = std::make_shared<Flight>();
    return {flight, true};
  }

  template <typename Work>
  void lead(const std::string& key, Flight& flight, Work& work) {
    std::optional<Error> error;
    try {
      work();
    } catch (const Error& e) {
      error = e;
    } catch (const std::exception& e) {
      error = Error(Kind::kInternal, e.what());
    }
    {
      const auto flights = flights_.lock();
      flight.done = true;
      flight.error = error;
      flights->erase(key);
    }
    flights_.notify();
    if (error) throw *error;
  }

  // False: it was given up and is to be run anew.
  bool follow(const Context& context, const Flight& flight) {
    auto flights = flights_.lock();
    flights.wait(context, [&] { return flight.done; });
    if (!flight.error) return true;
    if (flight.error->kind() == Kind::kCancelled) return false;
    throw *flight.error;
  }

  Guarded<std::map<std::string, FlightPtr>> flights_;
};

}  // namespace berth::swarm
