// Images: list, inspect, build, and what a transfer reports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "engine/containers.h"
#include "engine/types.h"

namespace berth::engine {

// An element of image list.
struct ImageSummary {
  ImageId id;
  ImageId parent_id;
  std::vector<std::string> repo_tags;
  std::vector<std::string> repo_digests;
  Time created;
  Bytes size{};
  StringMap labels;
  std::int64_t containers = -1;  // -1: not counted
  bool operator==(const ImageSummary&) const = default;
};

struct ImageInspect {
  ImageId id;
  std::vector<std::string> repo_tags;
  std::vector<std::string> repo_digests;
  ImageId parent;
  std::string comment;
  std::optional<Time> created;
  std::string author;
  ContainerConfig config;
  std::string architecture;
  std::string variant;
  std::string os;
  Bytes size{};
  std::vector<std::string> layers;
  std::optional<Time> last_tag_time;
  bool operator==(const ImageInspect&) const = default;
};

// What a registry has under an image's name; of it only what anybody needs.
struct DistributionInspect {
  std::string digest;  // of the manifest or index, "sha256:..."
};

struct ImageDeleted {
  std::string untagged;  // one of the two
  std::string deleted;
};

// Who one is at a registry (X-Registry-Auth). See credentials.h for where it comes from.
struct AuthConfig {
  std::string username;
  std::string password;
  std::string server_address;
  std::string identity_token;
  std::string registry_token;
  bool empty() const { return username.empty() && identity_token.empty() && registry_token.empty(); }
  bool operator==(const AuthConfig&) const = default;
};

// One message of a pull, push, load or build.
struct Progress {
  std::string id;            // layer, where the message is about one; a build step's digest with BuildKit
  std::string status;        // "Downloading", "Pull complete"
  std::string stream;        // text of a build
  std::int64_t current = 0;  // bytes
  std::int64_t total = 0;    // bytes; 0: not known
  std::string image_id;      // the built image's, when the build says it
  std::string digest;        // the pushed image's, when the push says it
  bool operator==(const Progress&) const = default;
};

struct PullOptions {
  std::string platform;  // API 1.32
  AuthConfig auth;
};

struct PushOptions {
  std::string platform;  // API 1.46
  AuthConfig auth;
};

// Which of the engine's builders.
enum class Builder {
  kClassic,
  kBuildKit,  // API 1.39
};

struct BuildOptions {
  Builder builder = Builder::kClassic;
  std::string dockerfile;  // path inside the context; "Dockerfile" when empty
  std::string remote;      // a git or http address instead of a context
  std::vector<std::string> tags;
  std::map<std::string, std::optional<std::string>> build_args;  // absent: taken from nowhere
  std::vector<std::string> cache_from;
  std::string target;
  StringMap labels;
  std::string network_mode;
  std::vector<std::string> extra_hosts;
  std::string platform;
  bool no_cache = false;
  bool pull = false;
  bool quiet = false;
  bool remove = true;        // intermediate containers
  bool force_remove = true;  // those of a failed build too
  bool squash = false;
  Bytes shm_size{};
  Bytes memory{};
  Bytes memory_swap{};
  std::int64_t cpu_shares = 0;
  std::string cpuset_cpus;
  std::int64_t cpu_period = 0;
  std::int64_t cpu_quota = 0;
  std::string cgroup_parent;
  std::string isolation;
  std::vector<Ulimit> ulimits;
  std::vector<std::string> security_opt;
  std::map<std::string, AuthConfig> auth;  // X-Registry-Config, by registry
};

struct ImageListOptions {
  bool all = false;  // intermediate ones too
  bool digests = false;
  Filters filters;
};

struct ImageRemoveOptions {
  bool force = false;
  bool no_prune = false;
};

}  // namespace berth::engine
