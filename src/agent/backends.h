// The containers that an ingress sends connections to.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/resolver.h"

namespace berth::agent {

using Clock = std::chrono::steady_clock;

struct Backend {
  enum class Stage {
    kJoining,  // not yet seen to accept connections
    kActive,
    kLeaving,  // keeps the connections it has
  };
  std::string name;  // in the engine's DNS
  Stage stage = Stage::kActive;
  bool known = false;  // has an address
  in_addr address{};
  Clock::time_point confirmed;      // of the address
  Clock::time_point asked;          // for it
  Clock::time_point suspect_until;  // after a connection that failed
  std::size_t connections = 0;
};

// Kept in a file, so that an ingress that starts again goes on as before. One thread.
class Backends {
 public:
  explicit Backends(std::string file);

  Backend& add(const std::string& name, Backend::Stage stage);  // or the one that is there
  Backend* find(std::string_view name);
  void erase(std::string_view name);
  const std::vector<std::unique_ptr<Backend>>& all() const { return all_; }
  // The one to connect to: active, with an address, not among `tried`; those that failed just now come last. nullptr:
  // none.
  Backend* choose(const std::vector<std::string>& tried, Clock::time_point now);

  // Asks for addresses that are not known or not fresh, and takes the answers in.
  void refresh(Clock::time_point now);
  void take_answers(Clock::time_point now);
  int descriptor() const { return resolver_.descriptor(); }

  // Writes the active ones to the file. False when it can't.
  bool save() const;

 private:
  std::string file_;
  Resolver resolver_;
  std::vector<std::unique_ptr<Backend>> all_;
  std::size_t turn_ = 0;
};

}  // namespace berth::agent
