// The Status of a listed container, which tells how long ago something was and so grows old.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace berth::swarm {

// "Up 5 minutes (healthy)", "Exited (0) 2 hours ago", "Created": an engine's text, kept so that it can be told anew at
// any later time. The moment is guessed from the words, so it is exact to their unit; a text seen within a second of
// the change, as one is that an event announced, is exact to the second.
class StatusText {
 public:
  StatusText() = default;
  // As it was said at `now`.
  StatusText(std::string_view text, engine::Time now);
  // As the engine would say it at `now`.
  std::string at(engine::Time now) const;

 private:
  std::string before_;  // the whole text when it tells no time
  std::optional<engine::Time> moment_;
  std::string after_;
};

}  // namespace berth::swarm
