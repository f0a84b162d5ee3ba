#include "store/local_store.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "store/checks.h"

namespace berth::store {

namespace {

constexpr std::chrono::milliseconds kPauseAfterFault{500};

std::size_t size_of(const Event& event) {
  return sizeof(Event) + 2 * event.key.size() + (event.entry ? event.entry->value.size() : 0);
}

}  // namespace

bool LocalStore::State::holds(const Condition& condition) const {
  const auto found = entries.find(condition.key);
  return condition.modified == (found == entries.end() ? 0 : found->second.modified);
}

std::vector<Event> LocalStore::State::events_of(const std::vector<Change>& changes) const {
  std::vector<Event> events;
  const Revision next = revision + 1;
  for (const Change& change : changes) {
    if (change.value) {
      if (change.lease != LeaseId::kNone && !leases.contains(change.lease)) {
        throw Error(Kind::kNotFound, "the lease of the key '" + change.key + "' has ended");
      }
      events.push_back({change.key, Entry{change.key, *change.value, next, change.lease}, next});
    } else if (entries.contains(change.key)) {
      events.push_back({change.key, std::nullopt, next});
    }
  }
  return events;
}

void LocalStore::State::apply(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.entry) {
      entries[event.key] = *event.entry;
    } else {
      entries.erase(event.key);
    }
    history.push_back(event);
    history_bytes += size_of(event);
    revision = event.revision;
  }
  while (history.size() > kMostHistory || history_bytes > kMostHistoryBytes) {
    forgotten = history.front().revision;
    while (!history.empty() && history.front().revision == forgotten) {
      history_bytes -= size_of(history.front());
      history.pop_front();
    }
  }
}

std::optional<LocalStore::Time> LocalStore::State::next_end() const {
  std::optional<Time> next;
  for (const auto& [id, held] : leases) next = next ? std::min(*next, held.until) : held.until;
  return next;
}

// Looks through the history as it grows.
class LocalStore::LocalWatch : public Watch {
 public:
  LocalWatch(LocalStore& store, std::string prefix, Revision after)
      : store_(store), prefix_(std::move(prefix)), after_(after) {}

  Changes next(const Context& context) override {
    store_.end_leases();
    Changes changes;
    auto state = store_.state_.lock();
    state.wait(context, [&] {
      changes.compacted = after_ < state->forgotten;
      if (!changes.compacted) collect(*state, changes);
      return changes.compacted || !changes.events.empty();
    });
    return changes;
  }

 private:
  void collect(const State& state, Changes& changes) {
    const auto first = std::upper_bound(state.history.begin(), state.history.end(), after_,
                                        [](Revision after, const Event& event) { return after < event.revision; });
    std::copy_if(first, state.history.end(), std::back_inserter(changes.events),
                 [&](const Event& event) { return event.key.starts_with(prefix_); });
    after_ = std::max(after_, state.revision);
    if (!changes.events.empty()) changes.revision = changes.events.back().revision;
  }

  LocalStore& store_;
  const std::string prefix_;
  Revision after_;
};

LocalStore::LocalStore(std::string url, std::unique_ptr<Journal> journal, const Clock& clock)
    : url_(std::move(url)), clock_(clock), journal_(std::move(journal)) {
  if (auto file = journal_.lock(); *file) {
    Journal::Contents contents = (*file)->load();
    auto state = state_.lock();
    for (Entry& entry : contents.entries) state->entries.emplace(entry.key, std::move(entry));
    state->revision = state->forgotten = contents.revision;
  }
  thread_ = std::jthread([this] { end_leases_in_time(cancel_.context()); });
}

LocalStore::~LocalStore() { cancel_.cancel(); }

std::optional<Entry> LocalStore::get(const Context& context, const std::string& key) {
  context.check();
  check_key(key);
  end_leases();
  const auto state = state_.lock();
  const auto found = state->entries.find(key);
  if (found == state->entries.end()) return std::nullopt;
  return found->second;
}

Listing LocalStore::list(const Context& context, const std::string& prefix) {
  context.check();
  end_leases();
  const auto state = state_.lock();
  Listing listing;
  listing.revision = state->revision;
  for (auto at = state->entries.lower_bound(prefix); at != state->entries.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    listing.entries.push_back(at->second);
  }
  return listing;
}

std::optional<Revision> LocalStore::commit(const Context& context, const Transaction& transaction) {
  context.check();
  check(transaction);
  end_leases();
  const auto journal = journal_.lock();
  std::vector<Event> events;
  {
    const auto state = state_.lock();
    const auto& conditions = transaction.conditions;
    if (!std::all_of(conditions.begin(), conditions.end(), [&](const auto& one) { return state->holds(one); })) {
      return std::nullopt;
    }
    events = state->events_of(transaction.changes);
    if (events.empty()) return state->revision;
  }
  publish(journal->get(), events);
  return events.front().revision;
}

void LocalStore::publish(Journal* journal, const std::vector<Event>& events) {
  if (journal != nullptr) journal->append(events);
  state_.lock()->apply(events);
  state_.notify();
}

std::unique_ptr<Watch> LocalStore::watch(std::string prefix, Revision after) {
  return std::make_unique<LocalWatch>(*this, std::move(prefix), after);
}

Grant LocalStore::grant(const Context& context, std::chrono::milliseconds ttl) {
  context.check();
  check_ttl(ttl);
  auto state = state_.lock();
  const auto id = static_cast<LeaseId>(++state->last_lease);
  state->leases[id] = {ttl, clock_.steady() + ttl};
  state_.notify();
  return {id, ttl};
}

std::optional<std::chrono::milliseconds> LocalStore::renew(const Context& context, LeaseId lease) {
  context.check();
  end_leases();
  const auto state = state_.lock();
  const auto found = state->leases.find(lease);
  const auto now = clock_.steady();
  // One that is over may be on its way out of the table: it must not come back.
  if (found == state->leases.end() || found->second.until <= now) return std::nullopt;
  found->second.until = now + found->second.ttl;
  return found->second.ttl;
}

void LocalStore::revoke(const Context& context, LeaseId lease) {
  context.check();
  end_leases({lease});
}

bool LocalStore::any_lease_over() {
  const auto next = state_.lock()->next_end();
  return next && *next <= clock_.steady();
}

void LocalStore::end_leases(const std::vector<LeaseId>& named) {
  if (named.empty() && !any_lease_over()) return;
  const auto journal = journal_.lock();
  std::vector<LeaseId> over;
  std::vector<Event> events;
  {
    const auto state = state_.lock();
    const auto now = clock_.steady();
    for (const auto& [id, held] : state->leases) {
      if (held.until <= now || std::find(named.begin(), named.end(), id) != named.end()) over.push_back(id);
    }
    for (const auto& [key, entry] : state->entries) {
      if (std::find(over.begin(), over.end(), entry.lease) == over.end()) continue;
      events.push_back({key, std::nullopt, state->revision + 1});
    }
  }
  if (!events.empty()) publish(journal->get(), events);
  const auto state = state_.lock();
  for (const LeaseId id : over) state->leases.erase(id);
}

void LocalStore::end_leases_in_time(const Context& context) {
  while (!context.cancelled()) {
    try {
      end_leases();
      auto state = state_.lock();
      const auto last = state->last_lease;
      const auto next = state->next_end();
      const Context until = next ? context.with_timeout(*next - clock_.steady()) : context;
      state.wait(until, [&] { return state->last_lease != last; });
    } catch (const Error& e) {
      if (e.kind() == Kind::kTimeout || e.kind() == Kind::kCancelled) continue;
      log(LogLevel::kError, "'" + url_ + "' cannot end leases: " + e.message());
      try {
        context.sleep_for(kPauseAfterFault);
      } catch (const Error&) {
        return;
      }
    }
  }
}

}  // namespace berth::store
