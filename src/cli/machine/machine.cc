#include "cli/commands.h"

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
  return root;
}

}  // namespace berth::cli
