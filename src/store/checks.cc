#include "store/checks.h"

#include <set>

#include "base/error.h"

namespace berth::store {

void check_key(const std::string& key) {
  if (key.empty()) throw Error(Kind::kInvalid, "a store's key cannot be empty");
}

void check(const Transaction& transaction) {
  if (transaction.changes.size() > kMostChanges || transaction.conditions.size() > kMostChanges) {
    throw Error(Kind::kInvalid, "a transaction has more than " + std::to_string(kMostChanges) +
                                    " changes or conditions; make several of it");
  }
  std::set<std::string_view> keys;
  std::size_t bytes = 0;
  for (const Condition& condition : transaction.conditions) check_key(condition.key);
  for (const Change& change : transaction.changes) {
    check_key(change.key);
    if (!keys.insert(change.key).second) {
      throw Error(Kind::kInvalid, "a transaction changes the key '" + change.key + "' twice");
    }
    bytes += change.key.size() + (change.value ? change.value->size() : 0);
  }
  if (bytes > kMostBytes) {
    throw Error(Kind::kInvalid, "a transaction of " + std::to_string(bytes) + " bytes is larger than " +
                                    std::to_string(kMostBytes) + "; make several of it");
  }
}

void check_ttl(std::chrono::milliseconds ttl) {
  if (ttl <= ttl.zero()) throw Error(Kind::kInvalid, "a lease's time to live must be longer than nothing");
}

}  // namespace berth::store
