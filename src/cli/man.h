// Man pages (section 1) made from the command table.
#pragma once

#include <map>
#include <string>

#include "cli/command.h"

namespace berth::cli {

// A page for every listed command of the tree, by file name: "berth.1", "berth-compose-up.1". Source: man(7).
std::map<std::string, std::string> man_pages(const Command& root);

}  // namespace berth::cli
