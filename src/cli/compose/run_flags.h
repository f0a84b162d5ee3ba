// What `compose run` is told on its command line.
#pragma once

#include <vector>

#include "cli/command.h"
#include "compose/project.h"
#include "converge/images.h"
#include "converge/run.h"

namespace berth::cli {

std::vector<Flag> run_flags();

// The options for planning. `environment`: the project's variables, which `-e NAME` takes its value from; the current
// folder is what relative paths of -v are relative to. Throws kInvalid, naming the option.
converge::RunOptions run_options(const Arguments& arguments, const Environment& environment, const Terminal& terminal);

converge::ImageOptions run_image_options(const Arguments& arguments);

}  // namespace berth::cli
