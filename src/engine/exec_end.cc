#include "engine/exec_end.h"

#include <chrono>

#include "base/error.h"

namespace berth::engine {
namespace {

constexpr std::chrono::seconds kMoment{2};

// Until the engine tells of the exec's end; kTimeout after a moment.
void wait_for_end(const Context& context, EventStream& ends, const ExecId& exec) {
  const Context moment = context.with_timeout(kMoment);
  while (const auto event = ends.next(moment)) {
    const auto id = event->attributes.find("execID");
    if (id != event->attributes.end() && id->second == exec.value) return;
  }
}

}  // namespace

std::int64_t exec_exit_code(const Context& context, Client& client, const ExecId& exec) {
  ExecInspect state = client.inspect_exec(context, exec);
  if (!state.running) return state.exit_code;
  EventOptions options;
  options.resume = false;
  options.filters.emplace("container", state.container_id.value);
  options.filters.emplace("event", "exec_die");
  EventStream ends = client.events(context, options);
  state = client.inspect_exec(context, exec);  // it may have ended before the events began
  if (!state.running) return state.exit_code;
  try {
    wait_for_end(context, ends, exec);
  } catch (const Error& error) {
    if (error.kind() != Kind::kTimeout) throw;
    context.check();
    throw Error(Kind::kUnavailable, "the connection to the engine ended, but the program goes on in container '" +
                                        state.container_id.value.substr(0, 12) + "'");
  }
  return client.inspect_exec(context, exec).exit_code;
}

}  // namespace berth::engine
