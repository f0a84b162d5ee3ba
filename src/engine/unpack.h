// Unpacking tar archives onto this computer's disk.
#pragma once

#include <functional>
#include <string>

#include "base/files.h"
#include "engine/types.h"

namespace berth::engine {

struct UnpackOptions {
  bool keep_owner = false;  // members get their owner, where we may set one; else all is ours
  // The name a member gets in the folder; empty: it is left out. Absent: its own.
  std::function<std::string(const std::string& path)> rename;
};

// Unpacks the archive into the folder, which has to exist. Files and links that are there are replaced, folders kept.
// No member can get out of the folder: not by "..", not through a link that is there or that the archive brings.
// Devices are made only where we may. Throws kInvalid (not a tar, a name that leads out of the folder), kConflict (a
// folder where a file is to be, or the other way round), kForbidden, and what the source throws.
void unpack(const Context& context, ByteSource tar, const Path& folder, const UnpackOptions& options = {});

}  // namespace berth::engine
