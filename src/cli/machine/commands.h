// The commands of `berth machine`; each is in the file of its name. Names, flags, output and exit codes are
// docker-machine's.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command machine_active_command();
Command machine_adopt_command();
Command machine_apply_command();
Command machine_config_command();
Command machine_create_command();
Command machine_doctor_command();
Command machine_du_command();
Command machine_env_command();
Command machine_export_command();
Command machine_image_command();
Command machine_import_command();
Command machine_inspect_command();
Command machine_ip_command();
Command machine_kill_command();
Command machine_ls_command();
Command machine_mount_command();
Command machine_provision_command();
Command machine_prune_command();
Command machine_regenerate_certs_command();
Command machine_restart_command();
Command machine_rm_command();
Command machine_scp_command();
Command machine_ssh_command();
Command machine_start_command();
Command machine_status_command();
Command machine_stop_command();
Command machine_upgrade_command();
Command machine_url_command();
Command machine_version_command();

}  // namespace berth::cli
