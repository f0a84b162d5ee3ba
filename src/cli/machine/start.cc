#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_start_command() {
  return machine_action(
      "start", "Start a machine", &machine::Machines::start,
      "Started machines may have new IP addresses. You may need to re-run the `PROGRAM env` command.");
}

}  // namespace berth::cli
