#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/swarm/commands.h"

namespace berth::cli {

Command swarm_command() {
  Command root;
  root.name = "swarm";
  root.usage = "[OPTIONS] COMMAND";
  root.summary = "Pool the engines of many hosts behind one Docker API";
  root.flags = {
      flag("debug", 0, "Enable debug mode").from_environment("DEBUG"),
      text_flag("log-level", 'l', "Log level").with_default("info").one_of({"debug", "info", "warn", "error"}),
  };
  root.children = {swarm_cert_command(),   swarm_create_command(), swarm_events_command(),    swarm_info_command(),
                   swarm_init_command(),   swarm_join_command(),   swarm_leave_command(),     swarm_list_command(),
                   swarm_manage_command(), swarm_node_command(),   swarm_rebalance_command(), swarm_top_command(),
                   swarm_version_command()};
  root.children.push_back(complete_command());
  return root;
}

}  // namespace berth::cli
