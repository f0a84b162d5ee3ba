// What the pool has to do with its nodes, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "swarm/pool/engine_link.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// Nodes and when each is due. A node is handed to one worker at a time: it is given back before it is handed out again.
// Any thread.
class Timetable {
 public:
  using Clock = std::chrono::steady_clock;

  // The node is due then, or earlier if it was.
  void set(NodeNumber node, Clock::time_point when);
  void drop(NodeNumber node);
  // Waits for a node that is due and that nobody has. Throws kCancelled.
  NodeNumber take(const Context& context);
  void give_back(NodeNumber node);

 private:
  struct State {
    std::map<NodeNumber, Clock::time_point> due;
    std::set<std::pair<Clock::time_point, NodeNumber>> order;  // of those nobody has
    std::set<NodeNumber> taken;
  };
  Guarded<State> state_;
};

// What of a node is to be looked at anew.
struct Changes {
  std::set<std::string> containers;  // ids
  std::set<std::string> ended;       // of these, those whose end was told
  bool listings[std::size(kListings)] = {};
  bool operator==(const Changes&) const = default;
};

// Gathers changes by node, hands them to workers, and knows when all that were there at some moment are done. Any
// thread.
class ChangeQueue {
 public:
  explicit ChangeQueue(std::chrono::milliseconds gathering) : gathering_(gathering) {}

  void add(NodeNumber node, const std::string& container);
  // A container whose end the engine told.
  void add_ended(NodeNumber node, const std::string& container);
  void add(NodeNumber node, Listing listing);
  void drop(NodeNumber node);

  // While this is there its node is looked at as a whole. What is added meanwhile may be newer than the answers,
  // whether it has been looked at by then or not: it is all added once more at the end.
  class WholeLook {
   public:
    WholeLook(ChangeQueue& queue, NodeNumber node);
    ~WholeLook();
    WholeLook(const WholeLook&) = delete;
    WholeLook& operator=(const WholeLook&) = delete;

   private:
    ChangeQueue& queue_;
    NodeNumber node_;
  };

  struct Work {
    NodeNumber node{};
    Changes changes;
  };
  // Waits for changes that have gathered long enough, or that somebody waits for. Throws kCancelled.
  Work take(const Context& context);
  void done(NodeNumber node);

  // Waits until all changes added so far are done. Throws kCancelled, kTimeout.
  void settle(const Context& context);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    Changes changes;
    Clock::time_point first;    // when the oldest change was added
    std::uint64_t number = 0;   // of the oldest change not taken; 0: none
    std::uint64_t at_work = 0;  // of the oldest change that a worker has; 0: none
  };
  struct State {
    std::map<NodeNumber, Entry> entries;
    std::deque<NodeNumber> order;             // those with changes that no worker has, oldest first
    std::map<NodeNumber, Changes> meanwhile;  // by node that is looked at as a whole: what was added since
    std::uint64_t last = 0;
    std::size_t waiting = 0;  // who wait for all to be done
  };
  template <typename Change>
  void change(NodeNumber node, Change change);
  template <typename Change>
  void change(State& state, NodeNumber node, Change change);
  void enqueue(State& state, NodeNumber node);

  const std::chrono::milliseconds gathering_;
  Guarded<State> state_;
};

}  // namespace berth::swarm
