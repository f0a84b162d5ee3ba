#include "base/error.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/sources.h"

namespace berth::cli {

namespace {

int list(Invocation& invocation) {
  const auto timeout = parse_duration(invocation.arguments.text("timeout"));
  if (!timeout || *timeout <= timeout->zero()) throw Error(Kind::kInvalid, "--timeout should be a positive number");
  const auto discovery = discovery_source(invocation, discovery_argument(invocation));
  for (const swarm::EngineAddress& one : discovery->list(invocation.context.with_timeout(*timeout))) {
    invocation.terminal.out_line(one.address);
  }
  return 0;
}

}  // namespace

Command swarm_list_command() {
  Command command;
  command.name = "list";
  command.aliases = {"l"};
  command.usage = "[OPTIONS] DISCOVERY";
  command.summary = "List the addresses that discovery has";
  command.at_most = 1;
  command.flags = {text_flag("timeout", 0, "How long to wait for the list").with_default("10s").named("duration"),
                   discovery_option_flag()};
  command.run = list;
  return command;
}

}  // namespace berth::cli
