// The events of all engines as one stream.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "engine/types.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// One event, with what its readers filter by.
struct PoolEvent {
  std::string type;
  std::string action;
  std::string actor_id;
  engine::StringMap attributes;
  engine::Time time;  // the engine's clock
  NodeNumber node{};
  std::string json;  // for clients: with the node's attributes
};
using PoolEventPtr = std::shared_ptr<const PoolEvent>;

// Hands each event to all who follow, in the order of publish(). Keeps the last few thousand for who asks since when.
// Any thread.
class EventHub {
  struct Queue;

 public:
  // Events from its making on.
  class Subscription {
   public:
    ~Subscription();
    Subscription(Subscription&&) noexcept = default;
    // Waits for the next one. Throws kUnavailable when this reader was so slow that events were dropped, kCancelled,
    // kTimeout.
    PoolEventPtr next(const Context& context);

   private:
    friend class EventHub;
    Subscription(EventHub& hub, std::shared_ptr<Guarded<Queue>> queue) : hub_(&hub), queue_(std::move(queue)) {}
    EventHub* hub_;
    std::shared_ptr<Guarded<Queue>> queue_;
  };

  explicit EventHub(std::size_t kept = 4096) : kept_(kept) {}
  void publish(PoolEventPtr event);
  Subscription subscribe();
  // What is kept and a subscription to all that follows, with nothing lost or twice between.
  std::pair<std::vector<PoolEventPtr>, Subscription> subscribe_with_past();

 private:
  struct Queue {
    std::deque<PoolEventPtr> events;
    bool overrun = false;
  };
  struct State {
    std::deque<PoolEventPtr> past;
    std::list<std::shared_ptr<Guarded<Queue>>> queues;
  };
  const std::size_t kept_;
  Guarded<State> state_;
};

}  // namespace berth::swarm
