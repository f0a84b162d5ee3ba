#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"

namespace berth::cli {

namespace {

void remove_project(Session& session) {
  const Subject subject = observe_subject(session);
  carry_out(session, converge::plan_down(subject.project, subject.state, {}), "Stopping");
}

// Returns the exit code of the container that ends last. With --down-project too, as docker compose does, where the
// first one's end makes all others end.
int wait(Invocation& invocation) {
  Session session(invocation);
  const std::string name = session.project_name();
  auto containers = project_containers(session, name, false, OneOffs::kInclude, invocation.arguments.rest);
  if (containers.empty()) throw Error(Kind::kNotFound, "no containers for project \"" + name + "\"");
  const bool down = invocation.arguments.on("down-project");
  std::mutex mutex;
  int code = 0;
  bool first = true;
  const auto outcomes = for_each_parallel(containers, containers.size(), [&](const auto& container) {
    engine::WaitStream stream = session.engine().wait_container(session.context(), container.id);
    const engine::ContainerExit exit = stream.exit(session.context());
    const std::lock_guard lock(mutex);
    session.terminal().out_line("container \"" + container.id.value + "\" exited with status code " +
                                std::to_string(exit.status_code));
    code = static_cast<int>(exit.status_code);
    if (down && std::exchange(first, false)) remove_project(session);
  });
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
  return code;
}

}  // namespace

Command wait_command() {
  Command command;
  command.name = "wait";
  command.usage = "SERVICE [SERVICE...] [OPTIONS]";
  command.summary = "Block until containers of all (or specified) services stop.";
  command.completes = "service";
  command.at_least = 1;
  command.flags = {flag("down-project", 0, "Drops project when the first container stops")};
  command.run = wait;
  return command;
}

}  // namespace berth::cli
