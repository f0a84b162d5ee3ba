// The commands of `berth swarm`, a file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command swarm_cert_command();
Command swarm_join_command();
Command swarm_leave_command();
Command swarm_list_command();
Command swarm_manage_command();
Command swarm_rebalance_command();

}  // namespace berth::cli
