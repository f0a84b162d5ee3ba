// The commands of `berth compose`, one file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command build_command();
Command create_command();
Command down_command();
Command kill_command();
Command plan_command();
Command pull_command();
Command restart_command();
Command rm_command();
Command start_command();
Command stop_command();
Command up_command();

}  // namespace berth::cli
