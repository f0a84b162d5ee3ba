#include "store/election.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "store/lease.h"

namespace berth::store {

namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{500};
constexpr std::chrono::milliseconds kPatience{3'000};  // with one call

}  // namespace

Election::Election(const Context& context, Store& store, ElectionOptions options, const Clock& clock)
    : store_(store), options_(std::move(options)), clock_(clock), cancel_(context) {
  thread_ = std::jthread([this] { run(cancel_.context()); });
}

Election::~Election() { cancel_.cancel(); }

bool Election::leads() const {
  const auto state = state_.lock();
  return state->standing.term && state->lease->holds();
}

std::optional<Term> Election::term() const {
  const auto state = state_.lock();
  if (!state->standing.term || !state->lease->holds()) return std::nullopt;
  return state->standing.term;
}

Standing Election::standing() const { return state_.lock()->standing; }

Standing Election::wait_change(const Context& context, std::uint64_t seen) const {
  auto state = state_.lock();
  state.wait(context, [&] { return state->standing.number != seen; });
  return state->standing;
}

void Election::report(std::string leader, std::optional<Term> term, const Lease* lease) {
  {
    const auto state = state_.lock();
    Standing& standing = state->standing;
    if (standing.leader == leader && !standing.term && !term) return;
    standing = {std::move(leader), std::move(term), standing.number + 1};
    state->lease = lease;
  }
  state_.notify();
}

void Election::run(const Context& context) {
  std::string told;  // a trouble that lasts is told once
  for (auto pause = kFirstPause; !context.cancelled(); pause = std::min(pause * 2, kLongestPause)) {
    try {
      for (;; pause = kFirstPause, told.clear()) campaign(context);
    } catch (const Error& e) {
      report("");
      if (context.cancelled()) return;
      if (e.message() != told) log(LogLevel::kWarning, "no leader can be elected just now: " + e.message());
      told = e.message();
    }
    try {
      context.sleep_for(pause);
    } catch (const Error&) {
      return;
    }
  }
}

void Election::campaign(const Context& context) {
  const Context patient = context.with_timeout(kPatience);
  if (const auto leader = store_.get(patient, options_.key)) return follow(context, *leader);
  report("");
  CancelSource term(context);
  const Lease lease(patient, store_, {.ttl = options_.ttl, .on_lost = [&term] { term.cancel(); }}, clock_);
  // Whatever goes wrong from here on, the key goes with the lease.
  const auto token = store_.commit(patient, {{absent(options_.key)}, {put(options_.key, options_.name, lease.id())}});
  if (token) lead(context, lease, term, *token);
}

void Election::follow(const Context& context, const Entry& leader) {
  report(leader.value);
  await_change(context, leader.modified);
}

void Election::lead(const Context& context, const Lease& lease, CancelSource& term, Revision token) {
  report(options_.name, Term{token, term.context()}, &lease);
  // Nobody but us should touch the key; should someone do, we do not lead any more.
  while (lease.holds() && !sees_change(term.context(), token)) {
  }
  report("");
  term.cancel();
  context.check();
}

bool Election::sees_change(const Context& context, Revision seen) {
  try {
    await_change(context, seen);
    return true;
  } catch (const Error& e) {
    if (!context.cancelled()) log(LogLevel::kDebug, "the leader cannot watch its own key: " + e.message());
  }
  try {
    context.sleep_for(kFirstPause);
    return false;
  } catch (const Error&) {
    return true;
  }
}

void Election::await_change(const Context& context, Revision seen) {
  const auto watch = store_.watch(options_.key, seen);
  auto reached = Context::Clock::now();
  for (;;) {
    try {
      const Changes changes = watch->next(context);
      reached = Context::Clock::now();
      const auto ours = [&](const Event& event) { return event.key == options_.key; };
      if (changes.compacted || std::any_of(changes.events.begin(), changes.events.end(), ours)) return;
    } catch (const Error& e) {
      if (e.kind() != Kind::kUnavailable || Context::Clock::now() - reached > options_.ttl) throw;
      context.sleep_for(kFirstPause);
    }
  }
}

}  // namespace berth::store
