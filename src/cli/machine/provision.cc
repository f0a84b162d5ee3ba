#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_provision_command() {
  return machine_action("provision", "Re-provision existing machines", &machine::Machines::provision);
}

}  // namespace berth::cli
