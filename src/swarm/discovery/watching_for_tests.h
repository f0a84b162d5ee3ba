// Watching a discovery and joining it, for tests.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "swarm/discovery/discovery.h"

namespace berth::swarm {

// "a:1 b:2" of a set.
inline std::string shown(const EngineAddresses& addresses) {
  std::string text;
  for (const EngineAddress& one : addresses) text += (text.empty() ? "" : " ") + one.address;
  return text;
}

// Runs a watch on a thread of its own while it lives.
class Watching {
 public:
  explicit Watching(Discovery& discovery)
      : thread_([this, &discovery] {
          discovery.watch(
              cancel_.context(), [this](const EngineAddresses& set) { add(&Told::sets, shown(set)); },
              [this](const Error& error) { add(&Told::troubles, error.message()); });
        }) {}
  ~Watching() { cancel_.cancel(); }

  // Until the set told last is that one.
  void await(const std::string& set) {
    auto told = told_.lock();
    told.wait(Context().with_timeout(std::chrono::seconds(30)),
              [&] { return !told->sets.empty() && told->sets.back() == set; });
  }
  // Until there are so many troubles; returns them.
  std::vector<std::string> await_troubles(std::size_t count) {
    auto told = told_.lock();
    told.wait(Context().with_timeout(std::chrono::seconds(30)), [&] { return told->troubles.size() >= count; });
    return told->troubles;
  }
  std::vector<std::string> sets() { return told_.lock()->sets; }

 private:
  struct Told {
    std::vector<std::string> sets;
    std::vector<std::string> troubles;
  };
  void add(std::vector<std::string> Told::* to, std::string text) {
    ((*told_.lock()).*to).push_back(std::move(text));
    told_.notify();
  }

  CancelSource cancel_;
  Guarded<Told> told_;
  std::jthread thread_;
};

// Joins on a thread of its own while it lives.
class Joining {
 public:
  Joining(Discovery& discovery, const std::string& address, Heartbeat heartbeat)
      : thread_([this, &discovery, address, heartbeat] {
          discovery.join(cancel_.context(), address, heartbeat, [](const Error&) {});
        }) {}
  ~Joining() { cancel_.cancel(); }

 private:
  CancelSource cancel_;
  std::jthread thread_;
};

}  // namespace berth::swarm
