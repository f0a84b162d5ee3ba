#include "base/error.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "machine/swarm_role.h"

namespace berth::cli {

namespace {

bool is_active(const Invocation& invocation, const machine::Machines& machines, const std::string& name,
               const std::string& current, const Context& context) {
  try {
    const machine::Host host = machines.store().load(name);
    const auto driver = machines.driver(host);
    if (driver->state(context) != machine::State::kRunning) return false;
    const std::string url = machines.url(context, host);
    return url == current || (host.swarm.master && machine::swarm_url(url, host.swarm.host) == current);
  } catch (const Error& e) {
    invocation.context.check();
    if (e.kind() == Kind::kTimeout) throw Error(Kind::kTimeout, "Error getting active host: timeout");
    return false;
  }
}

}  // namespace

Command machine_active_command() {
  Command command;
  command.name = "active";
  command.usage = "[OPTIONS]";
  command.summary = "Print which machine is active";
  command.flags = {integer_flag("timeout", 't', "Timeout in seconds").with_default("10")};
  command.run = [](Invocation& invocation) {
    if (!invocation.arguments.rest.empty()) throw Error(Kind::kInvalid, "Error: Too many arguments given");
    const machine::Machines machines = machines_of(invocation);
    const std::string current = invocation.environment.get_or("DOCKER_HOST", "");
    const Context context =
        invocation.context.with_timeout(std::chrono::seconds(invocation.arguments.integer("timeout").value_or(10)));
    for (const std::string& name : machines.store().list()) {
      if (current.empty() || !is_active(invocation, machines, name, current, context)) continue;
      invocation.terminal.out_line(name);
      return 0;
    }
    throw Error(Kind::kNotFound, "No active host found");
  };
  return command;
}

}  // namespace berth::cli
