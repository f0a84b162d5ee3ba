#include "cli/compose/signal_forwarder.h"

#include <chrono>

#include "base/error.h"
#include "base/log.h"

namespace berth::cli {

namespace {

void send(Session& session, const engine::ContainerId& id, const std::string& signal) {
  try {
    session.engine().kill_container(session.context(), id, signal);
  } catch (const Error& e) {
    log(LogLevel::kDebug, e.message());  // it has ended by itself
  }
}

}  // namespace

SignalForwarder::SignalForwarder(Session& session, const engine::ContainerId& id, std::string signal)
    : over_(session.invocation().interrupted) {
  thread_ = std::jthread([this, &session, id, signal = std::move(signal)] {
    try {
      for (;;) over_.context().sleep_for(std::chrono::hours(24));
    } catch (const Error&) {
      if (session.invocation().interrupted.cancelled()) send(session, id, signal);
    }
  });
}

}  // namespace berth::cli
