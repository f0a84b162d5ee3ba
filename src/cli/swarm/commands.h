// The commands of `berth swarm`, a file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command swarm_manage_command();

}  // namespace berth::cli
