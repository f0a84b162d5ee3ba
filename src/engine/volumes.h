// Volumes.
#pragma once

#include <string>
#include <vector>

#include "engine/types.h"

namespace berth::engine {

// Body of volume create.
struct VolumeCreate {
  std::string name;    // the engine makes one up when empty
  std::string driver;  // "local" when empty
  StringMap driver_opts;
  StringMap labels;
  bool operator==(const VolumeCreate&) const = default;
};

struct Volume {
  std::string name;
  std::string driver;
  std::string mountpoint;
  std::optional<Time> created_at;
  StringMap labels;
  StringMap options;
  std::string scope;
  bool operator==(const Volume&) const = default;
};

struct VolumeList {
  std::vector<Volume> volumes;
  std::vector<std::string> warnings;
};

}  // namespace berth::engine
