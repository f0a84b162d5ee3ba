#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_upgrade_command() {
  return machine_action("upgrade", "Upgrade a machine to the latest version of Docker", &machine::Machines::upgrade);
}

}  // namespace berth::cli
