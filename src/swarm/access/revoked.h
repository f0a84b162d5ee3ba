// Certificates that are not accepted any more.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "base/files.h"
#include "base/guarded.h"

namespace berth::swarm {

// Those that a file lists: on each line a certificate's name, as the audit log has it, or "serial:" and its number in
// hexadecimal digits; '#' begins a comment. The file is looked at again when it has changed, at most once a second;
// while it cannot be read, what it said last holds. Any thread.
class Revoked {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Throws kNotFound, kForbidden.
  explicit Revoked(Path file);

  bool has(const std::string& name, const std::string& serial, Time now);

 private:
  struct State {
    std::set<std::string> lines;
    std::optional<std::filesystem::file_time_type> changed;
    Time next_look;
  };
  void look(State& state) const;

  const Path file_;
  Guarded<State> state_;
};

}  // namespace berth::swarm
