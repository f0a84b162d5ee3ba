// The commands of `berth compose`, one file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command alpha_command();
Command attach_command();
Command bridge_command();
Command build_command();
Command commit_command();
Command compose_version_command();
Command config_command();
Command cp_command();
Command create_command();
Command doctor_command();
Command down_command();
Command events_command();
Command exec_command();
Command export_command();
Command history_command();
Command images_command();
Command jobs_command();
Command kill_command();
Command logs_command();
Command ls_command();
Command pause_command();
Command plan_command();
Command port_command();
Command ps_command();
Command publish_command();
Command pull_command();
Command push_command();
Command restart_command();
Command rm_command();
Command rollback_command();
Command run_command();
Command scale_command();
Command start_command();
Command stats_command();
Command stop_command();
Command top_command();
Command unpause_command();
Command up_command();
Command volumes_command();
Command wait_command();
Command watch_command();

}  // namespace berth::cli
