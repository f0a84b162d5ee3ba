// The commands of `berth compose`, one file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command alpha_command();
Command build_command();
Command compose_version_command();
Command config_command();
Command create_command();
Command down_command();
Command exec_command();
Command images_command();
Command kill_command();
Command logs_command();
Command ls_command();
Command plan_command();
Command port_command();
Command ps_command();
Command pull_command();
Command restart_command();
Command rm_command();
Command run_command();
Command start_command();
Command stop_command();
Command top_command();
Command up_command();

}  // namespace berth::cli
