// Containers of a dead node, made anew elsewhere.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/context.h"
#include "store/store.h"
#include "swarm/mover.h"
#include "swarm/pool/pool.h"
#include "swarm/recipe_book.h"

namespace berth::swarm {

struct RescheduleOptions {
  // How long a node may be away before its containers are taken for lost.
  std::chrono::milliseconds patience{2'000};
  // A hung engine's containers still run: they get more time.
  std::chrono::milliseconds patience_with_hung{20'000};
  // Whether this manager is the one that acts; unset: always.
  std::function<bool()> leads;
  // What must hold of the store for it to write, see RecipeBook; unset: nothing.
  std::function<std::optional<store::Condition>()> fence;
  Changed changed;  // unset: nobody is told
};

// Keeps the recipes of the containers that are to be rescheduled, as a dead engine cannot be asked for them, and makes
// what was lost anew: with its name, labels, networks, ports and constraints, and started if it ran. Copies that a node
// still has when it returns are removed, and moves that a manager left unfinished are finished.
class Rescheduler {
 public:
  // All must outlive it.
  Rescheduler(Pool& pool, Mover& mover, store::Store& store, RescheduleOptions options)
      : pool_(pool), mover_(mover), options_(std::move(options)), book_(store, options_.fence) {}

  // Until the context ends. On one thread.
  void run(const Context& context);
  // A container was removed on somebody's word: it shall not come back, whichever manager dies next. Waits for the
  // store, for two seconds at most, and before for recipes that are just being written. Any thread.
  void told_removed(const Context& context, const std::string& engine, const std::string& container);

 private:
  using Time = Context::Clock::time_point;

  void open(const Context& context);
  void step(const Context& context);
  void learn(const Context& context);
  // What the book has of containers that are gone without our having seen it.
  void tidy(const Context& context);
  void remove_stale(const Context& context);
  // Of nodes that have returned.
  void remove_left(const Context& context);
  bool all_nodes_tried() const;
  void rescue(const Context& context, const Node& node);
  // By what is known of it now.
  bool is_lost(const Node& known) const;
  bool leads() const { return !options_.leads || options_.leads(); }

  Pool& pool_;
  Mover& mover_;
  const RescheduleOptions options_;
  RecipeBook book_;
  bool recalled_ = false;
  bool all_tried_ = false;
  std::optional<Time> opened_;  // while leading
  Time next_tidy_{};
  std::map<std::string, Time> to_learn_;  // by id, since when
  std::map<std::string, Time> put_off_;   // what could not be made anew is tried again then, by id
};

}  // namespace berth::swarm
