// The commands of `berth compose`, one file each.
#pragma once

#include "cli/command.h"

namespace berth::cli {}  // namespace berth::cli
