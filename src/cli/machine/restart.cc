#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_restart_command() {
  return machine_action(
      "restart", "Restart a machine", &machine::Machines::restart,
      "Restarted machines may have new IP addresses. You may need to re-run the `PROGRAM env` command.");
}

}  // namespace berth::cli
