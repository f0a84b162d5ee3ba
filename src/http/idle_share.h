// A bound on the idle connections of many clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/guarded.h"

namespace berth::http {

class Pool;

// Clients of many servers (ClientOptions::idle_share) keep this many idle connections together: those given back last.
// Any thread.
class IdleShare {
 public:
  explicit IdleShare(std::size_t most) : most_(most) {}

 private:
  friend class Pool;
  struct Entry {
    std::weak_ptr<Pool> pool;
    std::uint64_t number;  // of the connection in its pool
  };
  // Told after a connection became idle; closes the one for which there is no room any more. Connections that were
  // taken meanwhile count until as many others have been given back.
  void add(Entry entry);

  const std::size_t most_;
  Guarded<std::deque<Entry>> entries_;
};

}  // namespace berth::http
