// The trees of commands, each also reachable under the names people already type.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Command berth_command();    // everything: `berth compose ...`, `berth machine ...`
Command compose_command();  // also `docker-compose ...`, `docker compose ...`
Command machine_command();  // also `docker-machine ...`, `docker machine ...`
Command swarm_command();    // also `swarm ...`

}  // namespace berth::cli
