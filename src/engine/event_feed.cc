#include "engine/event_feed.h"

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "engine/json.h"

namespace berth::engine {

namespace {

constexpr std::string_view kOperation = "following events";
constexpr auto kWindow = std::chrono::seconds(1);
constexpr std::size_t kMostSeen = 1024;
constexpr auto kFirstPause = std::chrono::milliseconds(50);
constexpr auto kLongestPause = std::chrono::milliseconds(2'000);

bool mends_with_time(const Error& error) {
  return error.kind() == Kind::kUnavailable || error.kind() == Kind::kInternal;
}

// The engine's clock when it answered ("Sun, 06 Nov 1994 08:49:37 GMT"): ours may differ.
std::optional<Time> date_of(const http::Response& response) {
  const auto date = response.headers().get("Date");
  std::tm parts{};
  if (!date || ::strptime(std::string(*date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return std::nullopt;
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace

EventStream::Feed::Feed(const Context& context, Open open, const EventOptions& options)
    : open_(std::move(open)), options_(options), since_(options.since) {
  connect(context, options.since);
}

void EventStream::Feed::connect(const Context& context, std::optional<Time> since) {
  http::Response response = open_(context, since, options_.until);
  if (!since_) since_ = date_of(response);
  messages_ = std::make_unique<Messages>(std::string(kOperation), std::move(response));
}

std::optional<Event> EventStream::Feed::next(const Context& context) {
  for (;;) {
    if (!messages_) reconnect(context);
    if (gap_) return std::exchange(gap_, std::nullopt);
    std::optional<std::string> text;
    try {
      text = messages_->next(context);
    } catch (const Error& e) {
      if (!options_.resume || !mends_with_time(e)) throw;
      messages_.reset();
      continue;
    }
    if (!text) {
      if (options_.until) return std::nullopt;
      if (!options_.resume) throw Error(Kind::kUnavailable, std::string(kOperation) + ": the engine broke off");
      messages_.reset();
      continue;
    }
    Event event = decode<Event>(*text);
    if (repeats(event)) continue;
    remember(event);
    return event;
  }
}

void EventStream::Feed::reconnect(const Context& context) {
  const auto begin = Context::Clock::now();
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    context.sleep_for(pause);
    try {
      connect(context, resume_time());
      before_break_.assign(seen_.begin(), seen_.end());
      // Asked only now, so that what the engine knows yet was known when the connection was made.
      if (engine_knows_last(context)) return;
      gap_ = Event{.type = "gap", .is_gap = true};
      return;
    } catch (const Error& e) {
      messages_.reset();
      const bool patient = !options_.patience || Context::Clock::now() - begin < *options_.patience;
      if (!mends_with_time(e) || !patient) throw;
    }
  }
}

std::optional<Time> EventStream::Feed::resume_time() const {
  if (seen_.empty()) return since_;
  const Time early = seen_.back().time - kWindow;
  return since_ ? std::max(*since_, early) : early;
}

bool EventStream::Feed::engine_knows_last(const Context& context) const {
  if (seen_.empty()) return false;
  const Event& last = seen_.back();
  Messages messages(std::string(kOperation), open_(context, last.time, last.time));
  while (const auto text = messages.next(context)) {
    if (decode<Event>(*text) == last) return true;
  }
  return false;
}

void EventStream::Feed::remember(const Event& event) {
  seen_.push_back(event);
  while (seen_.size() > kMostSeen || seen_.front().time < event.time - kWindow) seen_.pop_front();
}

bool EventStream::Feed::repeats(const Event& event) {
  const auto found = std::find(before_break_.begin(), before_break_.end(), event);
  if (found == before_break_.end()) return false;
  before_break_.erase(found);
  return true;
}

EventStream::EventStream(std::unique_ptr<Feed> feed) : feed_(std::move(feed)) {}
EventStream::EventStream(EventStream&&) noexcept = default;
EventStream& EventStream::operator=(EventStream&&) noexcept = default;
EventStream::~EventStream() = default;

std::optional<Event> EventStream::next(const Context& context) { return feed_->next(context); }

}  // namespace berth::engine
