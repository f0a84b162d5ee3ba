// The recipes of containers that are to be made anew when their node dies, kept where managers keep what engines can't:
// a dead engine cannot be asked, and neither can a manager that died with it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/context.h"
#include "base/guarded.h"
#include "store/store.h"
#include "swarm/pool/pool.h"
#include "swarm/recipe.h"

namespace berth::swarm {

// A container as it goes into the book.
struct BookEntry {
  ContainerPtr container;
  NodePtr node;
  Recipe recipe;
};

// Below "recipes/ENGINE/CONTAINER" and "left/ENGINE/CONTAINER" of a store; in memory only which there are, and digests
// of them. One thread at a time but for strike(). Calls throw what the store throws.
class RecipeBook {
 public:
  // `fence`: what must hold for this manager to write, of replicated ones that it leads; unset: nothing. The store must
  // outlive it.
  explicit RecipeBook(store::Store& store, std::function<std::optional<store::Condition>()> fence = {})
      : store_(store), fence_(std::move(fence)) {}

  // Reads what there is anew, and returns it as engines and their containers.
  std::vector<Recalled> open(const Context& context);

  bool has(const std::string& container) const { return known_.contains(container); }
  // True when it was there as the book was opened, and the engine lists it as it did then: what the book has holds.
  // Once.
  bool confirm(const Container& container);
  // Nothing when there is none.
  std::optional<Recipe> find(const Context& context, const std::string& container);
  // Keeps what is new or changed among them.
  void put(const Context& context, const std::vector<BookEntry>& entries);
  void drop(const Context& context, const std::vector<std::string>& containers);
  // Its engine has removed this container on somebody's word: no manager that comes later may make it anew. put() takes
  // it no more. Any thread.
  void strike(const Context& context, const std::string& engine, const std::string& container);
  // The container was made anew elsewhere: its recipe goes, and what its engine still has of it is noted as left
  // behind, so that it goes when the engine returns, also when the new one has been removed by then.
  void leave_behind(const Context& context, const std::string& engine, const std::string& container);
  // Containers left behind, by engine.
  const std::map<std::string, std::set<std::string>>& left_behind() const { return left_; }
  // That container has gone.
  void forget_left(const Context& context, const std::string& engine, const std::string& container);
  // Ids of containers that `gone`, given the engine's id, says so of.
  std::vector<std::string> select(
      const std::function<bool(const std::string& engine, const std::string& container)>& gone) const;

 private:
  struct Known {
    std::string engine;
    std::size_t listed = 0;  // Container::fingerprint(); 0: confirmed, or written by us
    std::size_t value = 0;   // digest of what the store has
  };
  struct Writing {
    std::string container;
    Known known;  // once it is written
    store::Change change;
  };
  void write(const Context& context, std::vector<Writing> batch);
  void commit(const Context& context, std::vector<store::Change> changes);

  store::Store& store_;
  const std::function<std::optional<store::Condition>()> fence_;
  std::unordered_map<std::string, Known> known_;  // by container id
  std::map<std::string, std::set<std::string>> left_;
  Guarded<std::set<std::string>> struck_;  // by container id, until dropped; held while recipes are written
};

}  // namespace berth::swarm
