#include "swarm/pool/agenda.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace berth::swarm {

namespace {

// As wait(), but a time that passed is no error: whoever waits looks again.
template <typename Lock, typename Ready>
void wait_until(Lock& lock, const Context& context, std::optional<std::chrono::steady_clock::time_point> when,
                Ready ready) {
  try {
    lock.wait(when ? context.with_deadline(*when) : context, ready);
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout) throw;
    context.check();
  }
}

}  // namespace

void Timetable::set(NodeNumber node, Clock::time_point when) {
  const auto lock = state_.lock();
  const auto [due, is_new] = lock->due.try_emplace(node, when);
  if (!is_new && due->second <= when) return;
  if (!is_new) lock->order.erase({due->second, node});
  due->second = when;
  if (!lock->taken.contains(node)) lock->order.emplace(when, node);
  state_.notify();
}

void Timetable::drop(NodeNumber node) {
  const auto lock = state_.lock();
  const auto due = lock->due.find(node);
  if (due == lock->due.end()) return;
  lock->order.erase({due->second, node});
  lock->due.erase(due);
}

NodeNumber Timetable::take(const Context& context) {
  auto lock = state_.lock();
  for (;;) {
    const auto first = lock->order.begin();
    if (first != lock->order.end() && first->first <= Clock::now()) {
      const NodeNumber node = first->second;
      lock->order.erase(first);
      lock->due.erase(node);
      lock->taken.insert(node);
      return node;
    }
    std::optional<Clock::time_point> next;
    if (first != lock->order.end()) next = first->first;
    wait_until(lock, context, next,
               [&] { return !lock->order.empty() && (!next || lock->order.begin()->first < *next); });
  }
}

void Timetable::give_back(NodeNumber node) {
  const auto lock = state_.lock();
  lock->taken.erase(node);
  const auto due = lock->due.find(node);
  if (due == lock->due.end()) return;
  lock->order.emplace(due->second, node);
  state_.notify();
}

// Sleeping workers are woken only when they have nothing to wait for: else they wake by the clock.
void ChangeQueue::enqueue(State& state, NodeNumber node) {
  state.order.push_back(node);
  if (state.order.size() == 1 || state.waiting > 0) state_.notify();
}

template <typename Change>
void ChangeQueue::change(State& state, NodeNumber node, Change change) {
  Entry& entry = state.entries[node];
  change(entry.changes);
  ++state.last;
  if (entry.number != 0) return;
  entry.number = state.last;
  entry.first = Clock::now();
  if (entry.at_work == 0) enqueue(state, node);
}

template <typename Change>
void ChangeQueue::change(NodeNumber node, Change change) {
  const auto lock = state_.lock();
  if (const auto whole = lock->meanwhile.find(node); whole != lock->meanwhile.end()) change(whole->second);
  this->change(*lock, node, change);
}

ChangeQueue::WholeLook::WholeLook(ChangeQueue& queue, NodeNumber node) : queue_(queue), node_(node) {
  queue.state_.lock()->meanwhile[node] = {};
}

ChangeQueue::WholeLook::~WholeLook() {
  const auto lock = queue_.state_.lock();
  auto told = lock->meanwhile.extract(node_);
  Changes& again = told.mapped();
  if (again == Changes()) return;
  queue_.change(*lock, node_, [&](Changes& changes) {
    changes.containers.merge(again.containers);
    changes.ended.merge(again.ended);
    for (std::size_t i = 0; i < std::size(kListings); ++i) changes.listings[i] |= again.listings[i];
  });
}

void ChangeQueue::add(NodeNumber node, const std::string& container) {
  change(node, [&](Changes& changes) { changes.containers.insert(container); });
}

void ChangeQueue::add_ended(NodeNumber node, const std::string& container) {
  change(node, [&](Changes& changes) {
    changes.containers.insert(container);
    changes.ended.insert(container);
  });
}

void ChangeQueue::add(NodeNumber node, Listing listing) {
  change(node, [&](Changes& changes) { changes.listings[static_cast<std::size_t>(listing)] = true; });
}

void ChangeQueue::drop(NodeNumber node) {
  const auto lock = state_.lock();
  const auto entry = lock->entries.find(node);
  if (entry == lock->entries.end()) return;
  std::erase(lock->order, node);
  entry->second.changes = {};
  entry->second.number = 0;
  if (entry->second.at_work == 0) lock->entries.erase(entry);
  state_.notify();
}

ChangeQueue::Work ChangeQueue::take(const Context& context) {
  auto lock = state_.lock();
  for (;;) {
    std::optional<Clock::time_point> next;
    if (!lock->order.empty()) {
      const NodeNumber node = lock->order.front();
      Entry& entry = lock->entries.at(node);
      next = entry.first + gathering_;
      if (lock->waiting > 0 || *next <= Clock::now()) {
        lock->order.pop_front();
        entry.at_work = std::exchange(entry.number, 0);
        return {node, std::exchange(entry.changes, {})};
      }
    }
    wait_until(lock, context, next, [&] { return !lock->order.empty() && (!next || lock->waiting > 0); });
  }
}

void ChangeQueue::done(NodeNumber node) {
  const auto lock = state_.lock();
  const auto entry = lock->entries.find(node);
  if (entry == lock->entries.end()) return;
  entry->second.at_work = 0;
  if (entry->second.number == 0) {
    lock->entries.erase(entry);
  } else {
    enqueue(*lock, node);
  }
  if (lock->waiting > 0) state_.notify();
}

void ChangeQueue::settle(const Context& context) {
  auto lock = state_.lock();
  const std::uint64_t last = lock->last;
  const auto done = [&] {
    return std::all_of(lock->entries.begin(), lock->entries.end(), [&](const auto& entry) {
      const auto is_later = [&](std::uint64_t number) { return number == 0 || number > last; };
      return is_later(entry.second.number) && is_later(entry.second.at_work);
    });
  };
  if (done()) return;
  ++lock->waiting;
  state_.notify();
  try {
    lock.wait(context, done);
  } catch (...) {
    --lock->waiting;
    throw;
  }
  --lock->waiting;
}

}  // namespace berth::swarm
