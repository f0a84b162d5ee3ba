// Following events across breaks.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/messages.h"
#include "engine/streams.h"

namespace berth::engine {

// The engine keeps its last 256 events in memory and sends those from `since` on, that moment included; events of the
// same moment may come in any order. So a feed that comes back asks from a second before the last event it has seen,
// and drops what it has handed out already. Whether the engine still knows that last event tells if something may be
// lost: it has forgotten it when it restarted, or when too much happened meanwhile.
class EventStream::Feed {
 public:
  // Opens GET /events with the filters that were asked for. Throws as Client's calls.
  using Open = std::function<http::Response(const Context&, std::optional<Time> since, std::optional<Time> until)>;

  // Connects. Throws as `open`.
  Feed(const Context& context, Open open, const EventOptions& options);

  std::optional<Event> next(const Context& context);

 private:
  void connect(const Context& context, std::optional<Time> since);
  // Until it works, with growing pauses. Throws what waiting doesn't mend.
  void reconnect(const Context& context);
  bool engine_knows_last(const Context& context) const;
  std::optional<Time> resume_time() const;
  void remember(const Event& event);
  // Whether `event` was handed out before the break.
  bool repeats(const Event& event);

  Open open_;
  EventOptions options_;
  std::unique_ptr<Messages> messages_;  // none while there is no connection
  std::optional<Time> since_;           // nothing before it is wanted
  std::deque<Event> seen_;              // of the last second
  std::vector<Event> before_break_;     // what may be sent again
  std::optional<Event> gap_;            // to hand out first
};

}  // namespace berth::engine
