// Ctrl-C for a program in a container.
#pragma once

#include <string>
#include <thread>

#include "cli/compose/session.h"

namespace berth::cli {

// While it lives, the user's first Ctrl-C (or a signal to end) reaches the container instead of ending us. For a
// command that is `graceful`.
class SignalForwarder {
 public:
  SignalForwarder(Session& session, const engine::ContainerId& id, std::string signal);
  ~SignalForwarder() { over_.cancel(); }
  SignalForwarder(const SignalForwarder&) = delete;
  SignalForwarder& operator=(const SignalForwarder&) = delete;

 private:
  CancelSource over_;
  std::jthread thread_;
};

}  // namespace berth::cli
