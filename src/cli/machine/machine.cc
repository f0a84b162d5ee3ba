#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/machine/commands.h"

namespace berth::cli {

Command machine_command() {
  Command root;
  root.name = "machine";
  root.usage = "[OPTIONS] COMMAND";
  root.summary = "Create and manage hosts that run a Docker Engine";
  root.flags = {
      flag("debug", 'D', "Enable debug mode").from_environment("MACHINE_DEBUG"),
      text_flag("storage-path", 's', "Configures storage path")
          .from_environment("MACHINE_STORAGE_PATH")
          .completing("folder"),
  };
  root.children = {
      machine_active_command(),
      machine_adopt_command(),
      machine_apply_command(),
      machine_config_command(),
      machine_create_command(),
      machine_doctor_command(),
      machine_du_command(),
      machine_env_command(),
      machine_export_command(),
      machine_image_command(),
      machine_import_command(),
      machine_inspect_command(),
      machine_ip_command(),
      machine_kill_command(),
      machine_ls_command(),
      machine_mount_command(),
      machine_provision_command(),
      machine_prune_command(),
      machine_regenerate_certs_command(),
      machine_restart_command(),
      machine_rm_command(),
      machine_scp_command(),
      machine_ssh_command(),
      machine_start_command(),
      machine_status_command(),
      machine_stop_command(),
      machine_upgrade_command(),
      machine_url_command(),
      machine_version_command(),
  };
  root.children.push_back(complete_command());
  return root;
}

}  // namespace berth::cli
