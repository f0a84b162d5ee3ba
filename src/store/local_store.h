// A store within this process, in memory and, where it has a journal, in a file.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "store/store.h"

namespace berth::store {

// Where a local store keeps what must outlive it. One thread at a time.
class Journal {
 public:
  struct Contents {
    std::vector<Entry> entries;
    Revision revision = 0;
  };
  virtual ~Journal() = default;
  // What was kept. Called once, first.
  virtual Contents load() = 0;
  // Keeps the changes of a revision; when it returns they outlive a crash. When it throws, none of them is kept.
  // Entries under a lease need not be kept, but what they replace must go: the process that held the lease is over when
  // the journal is read again.
  virtual void append(const std::vector<Event>& events) = 0;
};

// Reads come from memory. Watches know the last changes, as many as kMostHistory; those before, and those of an earlier
// process, are compacted.
class LocalStore : public Store {
 public:
  static constexpr std::size_t kMostHistory = 4096;                        // events
  static constexpr std::size_t kMostHistoryBytes = std::size_t{16} << 20;  // of their keys and values

  // Without a journal all is forgotten with the object. Throws what the journal throws.
  LocalStore(std::string url, std::unique_ptr<Journal> journal, const Clock& clock = system_clock());
  ~LocalStore() override;

  std::string url() const override { return url_; }
  std::optional<Entry> get(const Context& context, const std::string& key) override;
  Listing list(const Context& context, const std::string& prefix) override;
  std::optional<Revision> commit(const Context& context, const Transaction& transaction) override;
  std::unique_ptr<Watch> watch(std::string prefix, Revision after) override;
  Grant grant(const Context& context, std::chrono::milliseconds ttl) override;
  std::optional<std::chrono::milliseconds> renew(const Context& context, LeaseId lease) override;
  void revoke(const Context& context, LeaseId lease) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  class LocalWatch;
  struct Held {
    std::chrono::milliseconds ttl{};
    Time until{};
  };
  struct State {
    std::map<std::string, Entry> entries;
    Revision revision = 0;
    std::map<LeaseId, Held> leases;
    std::int64_t last_lease = 0;
    std::deque<Event> history;
    std::size_t history_bytes = 0;
    Revision forgotten = 0;  // revisions up to here are not in the history

    bool holds(const Condition& condition) const;
    // What the changes come to, as events of the next revision. Throws kNotFound when a lease is gone.
    std::vector<Event> events_of(const std::vector<Change>& changes) const;
    void apply(const std::vector<Event>& events);
    std::optional<Time> next_end() const;
  };

  // Keeps the events and makes them seen. The journal's lock is held by the caller: one writer at a time.
  void publish(Journal* journal, const std::vector<Event>& events);
  // Ends the leases whose time is over by the clock, and those in `named`.
  void end_leases(const std::vector<LeaseId>& named = {});
  bool any_lease_over();
  void end_leases_in_time(const Context& context);

  const std::string url_;
  const Clock& clock_;
  Guarded<std::unique_ptr<Journal>> journal_;  // its lock is held while it writes: that is what it is for
  Guarded<State> state_;
  CancelSource cancel_;
  std::jthread thread_;
};

}  // namespace berth::store
