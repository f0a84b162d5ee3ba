// The engine itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "engine/containers.h"
#include "engine/images.h"
#include "engine/types.h"
#include "engine/volumes.h"

namespace berth::engine {

struct PingInfo {
  ApiVersion api_version;  // the newest that the engine speaks
  std::string os_type;
  bool experimental = false;
  std::string builder_version;  // "2": it would rather build with BuildKit
  std::string server;           // "Docker/28.5.1 (linux)"
};

struct Version {
  std::string version;
  std::string api_version;
  std::string min_api_version;
  std::string git_commit;
  std::string go_version;
  std::string os;
  std::string arch;
  std::string kernel_version;
  std::string build_time;
  std::string platform_name;
};

struct Info {
  std::string id;
  std::string name;
  std::int64_t containers = 0;
  std::int64_t containers_running = 0;
  std::int64_t containers_paused = 0;
  std::int64_t containers_stopped = 0;
  std::int64_t images = 0;
  std::string driver;
  std::string docker_root_dir;
  std::int64_t ncpu = 0;
  Bytes mem_total{};
  std::string kernel_version;
  std::string operating_system;
  std::string os_type;
  std::string architecture;
  std::string server_version;
  std::vector<std::string> labels;
  std::string default_runtime;
  std::vector<std::string> runtimes;
  std::string cgroup_driver;
  std::string cgroup_version;
  std::string logging_driver;
  std::vector<std::string> security_options;
  std::vector<std::string> volume_plugins;
  std::vector<std::string> network_plugins;
  std::vector<std::string> log_plugins;
  std::optional<Time> system_time;
  bool live_restore_enabled = false;
  std::vector<std::string> warnings;
};

struct VolumeUsage {
  Volume volume;
  Bytes size{-1};
  std::int64_t ref_count = -1;
};

struct BuildCacheRecord {
  std::string id;
  std::string type;
  std::string description;
  bool in_use = false;
  bool shared = false;  // its size is counted elsewhere too
  Bytes size{};
};

struct DiskUsage {
  Bytes layers_size{};
  std::vector<ImageSummary> images;
  std::vector<ContainerSummary> containers;
  std::vector<VolumeUsage> volumes;
  std::vector<BuildCacheRecord> build_cache;
};

}  // namespace berth::engine
