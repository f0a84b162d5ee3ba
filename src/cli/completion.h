// Shell completion scripts made from the command table.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace berth::cli {

// A script for `shell` (bash, zsh or fish) that completes `program`, whose command tree is `root`. It holds all names
// of commands and flags, so that a key press starts no process; services and machines are asked of the program itself
// (`program __complete service|machine`). Throws kInvalid for another shell.
std::string completion_script(std::string_view shell, const std::string& program, const Command& root);

// What the scripts ask: `__complete service` prints the services of the compose file here, `__complete machine` the
// machines of the store, a line each. Hidden, in every tree.
Command complete_command();

}  // namespace berth::cli
