#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_kill_command() { return machine_action("kill", "Kill a machine", &machine::Machines::kill); }

}  // namespace berth::cli
