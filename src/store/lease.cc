#include "store/lease.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace berth::store {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestAttempt{100};
constexpr milliseconds kPatienceToEnd{1'000};

// For clocks that do not run equally fast, and for those who look at holds() and then act.
milliseconds margin_of(milliseconds ttl) { return ttl / 10; }

}  // namespace

Lease::Lease(const Context& context, Store& store, LeaseOptions options, const Clock& clock)
    : store_(store), options_(std::move(options)), clock_(clock) {
  const Time begin = clock_.steady();
  const Grant grant = store_.grant(context, options_.ttl);
  id_ = grant.id;
  ttl_ = grant.ttl;
  state_.lock()->until = begin + ttl_ - margin_of(ttl_);
  thread_ = std::jthread([this] { keep_up(cancel_.context()); });
}

Lease::~Lease() { let_go(); }

bool Lease::holds() const {
  const auto state = state_.lock();
  if (clock_.steady() >= state->until) state->over = true;
  return !state->over;
}

void Lease::stop_renewing() {
  state_.lock()->over = true;
  cancel_.cancel();
  if (thread_.joinable()) thread_.join();
}

void Lease::abandon() { stop_renewing(); }

void Lease::let_go() {
  if (!thread_.joinable()) return;
  stop_renewing();
  try {
    store_.revoke(Context().with_timeout(kPatienceToEnd), id_);
  } catch (const Error& e) {
    log(LogLevel::kDebug, "a lease of '" + store_.url() + "' is left to end by itself: " + e.message());
  }
}

void Lease::keep_up(const Context& context) {
  const milliseconds usual = options_.renew_every > milliseconds::zero() ? options_.renew_every : ttl_ / 4;
  const milliseconds after_fault = std::min(usual, std::max(ttl_ / 20, milliseconds(20)));
  try {
    for (milliseconds pause = usual; holds();) {
      const auto left = state_.lock()->until - clock_.steady();
      context.sleep_for(std::clamp<Context::Clock::duration>(left, left.zero(), pause));
      if (holds()) pause = renew(context) ? usual : after_fault;
    }
  } catch (const Error&) {
    return;  // let go
  }
  if (options_.on_lost) options_.on_lost();
}

// Whether the store has renewed it. Throws kCancelled.
bool Lease::renew(const Context& context) {
  const Time begin = clock_.steady();
  const auto left = state_.lock()->until - begin;
  const Context::Clock::duration patience = std::max(ttl_ / 4, kShortestAttempt);
  try {
    const auto ttl = store_.renew(context.with_timeout(std::min(left, patience)), id_);
    const auto state = state_.lock();
    if (!ttl) state->over = true;
    if (ttl && clock_.steady() < state->until) state->until = begin + *ttl - margin_of(*ttl);
    return ttl.has_value();
  } catch (const Error& e) {
    if (context.cancelled()) throw;
    log(LogLevel::kDebug, "renewing a lease of '" + store_.url() + "': " + e.message());
    return false;
  }
}

}  // namespace berth::store
