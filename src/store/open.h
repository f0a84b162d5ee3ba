// Stores by their URL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace berth::store {

// How to prove who we are to a store on the network; PEM text. All empty: plain connections.
struct TlsMaterial {
  std::string ca;
  std::string cert;
  std::string key;
  bool empty() const { return ca.empty() && cert.empty() && key.empty(); }
};

struct StoreOptions {
  TlsMaterial tls;
  const Clock* clock = &system_clock();  // by which leases of memory and SQLite stores end
};

// "memory:", forgotten with the object; "sqlite:///var/lib/berth/store.db", a file that one process has at a time;
// "etcd://h1:2379,h2:2379/prefix", etcd v3 by its JSON gateway: all keys lie below "prefix/", and a port left out is
// 2379. Connects to nothing yet. Throws kInvalid for what is no such URL, kUnsupported for other schemes; for SQLite
// also kConflict (another process has the file), kForbidden, kInternal (it is broken).
std::unique_ptr<Store> store_of(std::string_view url, const StoreOptions& options = {});

}  // namespace berth::store
