// The commands of berth-fleet.
#pragma once

#include "cli/command.h"

namespace berth::fleet {

cli::Command run_command();
cli::Command tell_command();
cli::Command load_command();

}  // namespace berth::fleet
