// The commands of `berth swarm`, a file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command swarm_cert_command();
Command swarm_create_command();
Command swarm_events_command();
Command swarm_info_command();
Command swarm_init_command();
Command swarm_join_command();
Command swarm_leave_command();
Command swarm_list_command();
Command swarm_manage_command();
Command swarm_node_command();
Command swarm_node_activate_command();
Command swarm_node_drain_command();
Command swarm_node_pause_command();
Command swarm_node_rm_command();
Command swarm_node_update_command();
Command swarm_rebalance_command();
Command swarm_top_command();
Command swarm_version_command();

}  // namespace berth::cli
