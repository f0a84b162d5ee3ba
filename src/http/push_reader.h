// Reading answers whose bytes somebody else receives.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/parser.h"

namespace berth::http {

// Takes the bytes of a connection as they come (net::Pump) and gives the bodies of its answers, one after the other.
// One thread at a time.
class PushReader {
 public:
  struct Events {
    std::function<void(const ResponseHead&)> head;  // of each answer; may throw
    std::function<void(std::string_view)> body;     // decoded bytes, valid during the call
    std::function<void()> done;                     // an answer is complete
  };
  // `head_limit` bounds heads and chunk headers.
  explicit PushReader(Events events, std::size_t head_limit = std::size_t{64} << 10)
      : events_(std::move(events)), head_limit_(head_limit) {}

  // Throws kInternal when the bytes are no HTTP, and what the events throw.
  void push(std::string_view bytes);
  // The connection ended. Throws kUnavailable in the middle of an answer.
  void end();

 private:
  // Uses some of the bytes; returns how many, 0 when more are needed.
  std::size_t step(std::string_view bytes);

  Events events_;
  std::size_t head_limit_;
  std::optional<Parser> parser_;  // none between two answers
  bool head_told_ = false;
  std::string left_;  // not used yet
};

}  // namespace berth::http
