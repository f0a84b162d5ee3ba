#include "base/parallel.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/process_table.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

constexpr std::size_t kCalls = 6;

int top(Invocation& invocation) {
  Session session(invocation);
  std::vector<ContainerProcesses> tops;
  for (const auto& container :
       project_containers(session, session.project_name(), false, OneOffs::kInclude, session.arguments().rest)) {
    tops.push_back({container.id,
                    std::string(converge::service_of(container)),
                    std::string(converge::label_of(container.labels, converge::label::kContainerNumber)),
                    {}});
  }
  const auto outcomes = for_each_parallel(tops, kCalls, [&](ContainerProcesses& container) {
    container.top = session.engine().container_top(session.context(), container.id);
  });
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
  session.terminal().out(process_table(tops));
  return 0;
}

}  // namespace

Command top_command() {
  Command command;
  command.name = "top";
  command.usage = "[SERVICES...]";
  command.summary = "Display the running processes";
  command.completes = "service";
  command.run = top;
  return command;
}

}  // namespace berth::cli
