#include "cli/machine/commands.h"
#include "cli/machine/session.h"

namespace berth::cli {

Command machine_stop_command() { return machine_action("stop", "Stop a machine", &machine::Machines::stop); }

}  // namespace berth::cli
