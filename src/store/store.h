// A small, consistent key/value store: what managers must agree on, or must not forget.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"

namespace berth::store {

// Number of a change of the store; later changes have greater ones, and all changes of one transaction the same. 0 is
// before any change.
using Revision = std::int64_t;

// A lease's number in its store; never used twice.
enum class LeaseId : std::int64_t { kNone = 0 };

struct Entry {
  std::string key;
  std::string value;
  Revision modified = 0;  // of its last change
  LeaseId lease = LeaseId::kNone;
  bool operator==(const Entry&) const = default;
};

struct Listing {
  std::vector<Entry> entries;  // in the order of the keys' bytes
  Revision revision = 0;       // the store's; a watch from here misses nothing
};

// What must hold of a key for a transaction to be applied.
struct Condition {
  std::string key;
  Revision modified = 0;  // last changed just then; 0: there is no such key
  bool operator==(const Condition&) const = default;
};
inline Condition absent(std::string key) { return {std::move(key), 0}; }
inline Condition unchanged(const Entry& entry) { return {entry.key, entry.modified}; }

// What a transaction does to a key.
struct Change {
  std::string key;
  std::optional<std::string> value;  // nothing: the key is removed; not an error where there is none
  LeaseId lease = LeaseId::kNone;    // the key vanishes with it
  bool operator==(const Change&) const = default;
};
inline Change put(std::string key, std::string value, LeaseId lease = LeaseId::kNone) {
  return {std::move(key), std::move(value), lease};
}
inline Change removal(std::string key) { return {std::move(key), std::nullopt, LeaseId::kNone}; }

struct Transaction {
  std::vector<Condition> conditions;
  std::vector<Change> changes;
};
inline constexpr std::size_t kMostChanges = 100;      // and conditions, of one transaction
inline constexpr std::size_t kMostBytes = 1'000'000;  // keys and values of one transaction

// A change as a watch tells it.
struct Event {
  std::string key;
  std::optional<Entry> entry;  // as it is since; nothing: removed
  Revision revision = 0;
  bool operator==(const Event&) const = default;
};

// What a watch saw.
struct Changes {
  // The store has forgotten some of the changes asked for: list again and watch from there. The watch is over.
  bool compacted = false;
  std::vector<Event> events;  // in the order they happened; those of a revision are never torn apart
  Revision revision = 0;      // of the last event: from here another watch goes on
};

// Changes below a prefix, each once and in order, across breaks of the connection. One thread at a time.
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits for the next changes. Throws kUnavailable when the store cannot be reached, kCancelled, kTimeout: call it
  // again to go on, nothing is missed. kUnauthorized, kForbidden, kInternal as of Store.
  virtual Changes next(const Context& context) = 0;
};

struct Grant {
  LeaseId id = LeaseId::kNone;
  std::chrono::milliseconds ttl{};  // what the store makes of the one asked for; never shorter
};

// Any thread, many at once. Reads see every change that was committed before they began, also of other processes where
// the store has such (etcd). Keys are bytes, not empty; a prefix may be empty (all) and needs not end at a '/'.
// Every call throws kUnavailable when the store cannot be reached or has lost its quorum, kUnauthorized and kForbidden
// when it does not accept who asks, kInvalid for what it can never accept (an empty or repeated key, too large),
// kInternal, kCancelled, kTimeout.
class Store {
 public:
  virtual ~Store() = default;

  // "etcd://10.0.0.5:2379/prefix", as messages name it; holds no secret.
  virtual std::string url() const = 0;

  virtual std::optional<Entry> get(const Context& context, const std::string& key) = 0;
  virtual Listing list(const Context& context, const std::string& prefix) = 0;

  // All of the changes at once if every condition holds, and the revision they have; else nothing is changed and
  // nothing returned. Without changes it says whether the conditions hold. Throws kNotFound when a lease is gone. After
  // kUnavailable, kTimeout and kCancelled it may have been applied all the same: read before trying again.
  virtual std::optional<Revision> commit(const Context& context, const Transaction& transaction) = 0;

  // Changes after the revision `after` of keys that begin with `prefix`. The store must outlive it. Connects at its
  // first next().
  virtual std::unique_ptr<Watch> watch(std::string prefix, Revision after) = 0;

  // Leases, as plain calls: class Lease (store/lease.h) keeps one up.
  // A lease that ends `ttl` after its grant or last renewal, or a little later, and with it the keys put under it.
  virtual Grant grant(const Context& context, std::chrono::milliseconds ttl) = 0;
  // Its whole ttl from now on; nothing when it has ended.
  virtual std::optional<std::chrono::milliseconds> renew(const Context& context, LeaseId lease) = 0;
  // Ends it now. Does nothing when it has ended.
  virtual void revoke(const Context& context, LeaseId lease) = 0;

  // Shorthands. Put without a condition; returns its revision.
  Revision set(const Context& context, std::string key, std::string value, LeaseId lease = LeaseId::kNone);
  void remove(const Context& context, std::string key);
};

}  // namespace berth::store
