// A tar of a few small files in memory, for CopyFiles.
#pragma once

#include <string>
#include <vector>

#include "converge/plan.h"

namespace berth::converge {

// POSIX ustar; paths without their leading slash. Throws kInvalid for a path that the format has no room for.
std::string tar_of(const std::vector<CopyFiles::File>& files, engine::Time modified);

}  // namespace berth::converge
