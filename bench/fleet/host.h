// A simulated engine's sockets, and the faults of the computer it is on.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "connection.h"
#include "node.h"

namespace berth::fleet {

// The loop's thread only.
class Host final : public Source {
 public:
  // Throws kConflict when the port is taken there.
  Host(Shared& shared, Profile profile, const sockaddr_in& address);
  ~Host() override;

  Node& node() { return node_; }

  // As a host whose engine died: connections are reset, new ones refused.
  void kill();
  // As an engine that is stopped (SIGSTOP): connections are made, by the kernel, and nothing is answered.
  void hang();
  // Answers everything this much later; zero for none. What is on its way already is not delayed.
  void slow(std::chrono::milliseconds delay) { delay_ = delay; }
  // Ends every fault. With `rebooted`, containers have ended meanwhile, but those that restart.
  void come_back(bool rebooted);

  bool is_up() const { return mode_ == Mode::kUp; }
  // "up", "killed", "hung", "slow".
  std::string_view state() const;

  void ready(std::uint32_t events) override;

 private:
  enum class Mode { kUp, kKilled, kHung };

  void listen();
  void rest();
  void stop_listening();
  void take(Fd socket);
  void let_go(Connection& connection);
  void answer(Connection& connection);

  Shared& shared_;
  Node node_;
  sockaddr_in address_;
  Fd listener_;
  Mode mode_ = Mode::kUp;
  std::optional<Loop::Timer> resting_;  // while nothing is accepted
  std::chrono::milliseconds delay_{};
  Connection::Options options_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace berth::fleet
