#include "swarm/pool/event_hub.h"

#include <utility>

#include "base/error.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kMaxWaiting = 65'536;  // events that a slow reader may be behind

}  // namespace

EventHub::Subscription::~Subscription() {
  if (queue_) hub_->state_.lock()->queues.remove(queue_);
}

PoolEventPtr EventHub::Subscription::next(const Context& context) {
  auto queue = queue_->lock();
  queue.wait(context, [&] { return !queue->events.empty() || queue->overrun; });
  if (queue->events.empty()) {
    throw Error(Kind::kUnavailable, "events were dropped, as they were read too slowly: ask again with `since`");
  }
  PoolEventPtr event = std::move(queue->events.front());
  queue->events.pop_front();
  return event;
}

void EventHub::publish(PoolEventPtr event) {
  auto state = state_.lock();
  for (const auto& reader : state->queues) {
    auto queue = reader->lock();
    if (queue->overrun) continue;
    if (queue->events.size() >= kMaxWaiting) {
      queue->overrun = true;
    } else {
      queue->events.push_back(event);
    }
    reader->notify();
  }
  state->past.push_back(std::move(event));
  if (state->past.size() > kept_) state->past.pop_front();
}

EventHub::Subscription EventHub::subscribe() { return subscribe_with_past().second; }

std::pair<std::vector<PoolEventPtr>, EventHub::Subscription> EventHub::subscribe_with_past() {
  auto queue = std::make_shared<Guarded<Queue>>();
  auto state = state_.lock();
  state->queues.push_back(queue);
  std::vector<PoolEventPtr> past(state->past.begin(), state->past.end());
  return {std::move(past), Subscription(*this, std::move(queue))};
}

}  // namespace berth::swarm
