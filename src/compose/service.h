// A service of a compose application as typed values: what the planner acts on.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "compose/build.h"
#include "compose/values.h"
#include "yaml/node.h"

namespace berth::compose {

// One published or only exposed port of the long form; ranges are already written out where the specification does so.
struct Port {
  std::string name;
  std::string mode;     // "ingress" or "host"
  std::string host_ip;  // empty: all addresses
  std::uint16_t target = 0;
  std::string published;  // "8080", a range "8080-8090", or empty: the engine chooses
  std::string protocol;   // "tcp", "udp", "sctp"
  std::string app_protocol;
  yaml::Position position;
};

enum class MountKind { kBind, kVolume, kTmpfs, kImage, kNamedPipe, kCluster };

struct Mount {
  MountKind kind = MountKind::kVolume;
  std::string source;  // absolute path, key of a volume in Project::volumes, image; empty: anonymous volume
  std::string target;
  bool read_only = false;
  std::string consistency;
  // bind
  std::string propagation;
  std::string selinux;  // "z", "Z" or empty
  bool create_host_path = false;
  std::string recursive;  // "enabled", "disabled", "writable", "readonly" or empty
  // volume and image
  TextMap labels;
  bool nocopy = false;
  std::string subpath;
  // tmpfs
  Bytes size{0};
  std::uint32_t mode = 0;
  yaml::Position position;
};

// A secret or config as a service takes it.
struct FileGrant {
  std::string source;  // key in Project::secrets or Project::configs
  std::string target;  // path in the container; a bare name is below /run/secrets (secrets) or / (configs)
  std::string uid;
  std::string gid;
  std::optional<std::uint32_t> mode;
  yaml::Position position;
};

// How a service is attached to one network.
struct Attachment {
  std::vector<std::string> aliases;
  TextMap driver_opts;
  std::int64_t gateway_priority = 0;
  std::string interface_name;
  std::string ipv4_address;
  std::string ipv6_address;
  std::vector<std::string> link_local_ips;
  std::string mac_address;
  std::int64_t priority = 0;
  yaml::Position position;
};

enum class Condition { kStarted, kHealthy, kCompletedSuccessfully };

struct Dependency {
  Condition condition = Condition::kStarted;
  bool restart = false;
  bool required = true;
  yaml::Position position;
};

struct Healthcheck {
  std::vector<std::string> test;  // begins with NONE, CMD or CMD-SHELL; empty: the image's
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::chrono::nanoseconds> interval;
  std::optional<std::uint64_t> retries;
  std::optional<std::chrono::nanoseconds> start_period;
  std::optional<std::chrono::nanoseconds> start_interval;
  bool disable = false;
};

struct Device {
  std::string source;
  std::string target;
  std::string permissions;
};

// A request for devices by capability, such as GPUs (`gpus`, `deploy.resources.reservations.devices`).
struct DeviceRequest {
  std::vector<std::string> capabilities;
  std::string driver;
  std::int64_t count = 0;  // -1: all
  std::vector<std::string> device_ids;
  TextMap options;
};

struct Resources {
  double cpus = 0;
  Bytes memory{0};
  std::int64_t pids = 0;
  std::vector<DeviceRequest> devices;
};

struct RestartPolicy {
  std::string condition;  // "none", "on-failure", "any" or empty
  std::optional<std::chrono::nanoseconds> delay;
  std::optional<std::uint64_t> max_attempts;
  std::optional<std::chrono::nanoseconds> window;
};

struct UpdatePolicy {
  std::optional<std::uint64_t> parallelism;
  std::chrono::nanoseconds delay{0};
  std::string failure_action;  // "pause", "continue", "rollback" or empty
  std::optional<std::chrono::nanoseconds> monitor;
  double max_failure_ratio = 0;
  std::string order;  // "start-first", "stop-first" or empty
};

struct Deploy {
  std::string mode;  // "replicated", "global", ... or empty
  std::optional<std::int64_t> replicas;
  TextMap labels;
  std::optional<UpdatePolicy> update_config;
  std::optional<UpdatePolicy> rollback_config;
  std::optional<Resources> limits;
  std::optional<Resources> reservations;
  std::optional<RestartPolicy> restart_policy;
  std::vector<std::string> constraints;
  std::vector<std::string> spread;  // placement preferences
  std::uint64_t max_replicas_per_node = 0;
  std::string endpoint_mode;
};

struct Logging {
  std::string driver;
  TextMap options;
};

struct WeightedDevice {
  std::string path;
  std::uint16_t weight = 0;
};

struct ThrottledDevice {
  std::string path;
  Bytes rate{0};  // bytes or operations a second
};

struct BlkioConfig {
  std::uint16_t weight = 0;
  std::vector<WeightedDevice> weight_device;
  std::vector<ThrottledDevice> device_read_bps;
  std::vector<ThrottledDevice> device_read_iops;
  std::vector<ThrottledDevice> device_write_bps;
  std::vector<ThrottledDevice> device_write_iops;
};

// A command run in a container after its start or before its stop; of pre_start in one of its own, before the start.
struct Hook {
  std::vector<std::string> command;  // of pre_start it may be empty: the image's own
  std::string user;
  bool privileged = false;
  std::string working_dir;
  OptionalTextMap environment;
  std::string image;         // of pre_start; empty: the service's
  bool per_replica = false;  // of pre_start: for each container; else once for the service
  yaml::Position position;
};

// A program that makes what the service stands for, instead of containers.
struct Provider {
  std::string type;  // the program: docker's plugin docker-TYPE, else TYPE on PATH
  std::map<std::string, std::vector<std::string>, std::less<>> options;
};

// How a service is told of one of the project's models: by variables.
struct ServiceModel {
  std::string endpoint_var;  // for its address; empty: made of the model's key
  std::string model_var;     // for its name; likewise
  yaml::Position position;
};

// Attribute names are those of the specification. Numbers are 0 and texts empty where the file says nothing, except
// where an optional tells "not said" from "said to be nothing".
struct Service {
  std::string name;
  yaml::Position position;
  // The service's canonical tree, attributes in the order of the reference: what `config` prints and the hash reads.
  yaml::Node tree;
  // Where the attribute (key below the service) was written, else the service's own position.
  yaml::Position position_of(std::string_view attribute) const;
  // Containers to run: `scale`, else `deploy.replicas`, else 1.
  std::int64_t replicas() const;

  std::vector<std::string> profiles;
  TextMap annotations;
  std::optional<bool> attach;
  std::optional<Build> build;
  std::optional<BlkioConfig> blkio_config;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::string cgroup;  // "host", "private" or empty
  std::string cgroup_parent;
  std::int64_t cpu_count = 0;
  double cpu_percent = 0;
  std::int64_t cpu_period = 0;
  std::int64_t cpu_quota = 0;
  std::int64_t cpu_rt_period = 0;
  std::int64_t cpu_rt_runtime = 0;
  std::int64_t cpu_shares = 0;
  double cpus = 0;
  std::string cpuset;
  std::optional<std::vector<std::string>> command;  // empty list: no command, not the image's
  std::vector<FileGrant> configs;
  std::string container_name;
  std::map<std::string, Dependency, std::less<>> depends_on;  // links, volumes_from and shared namespaces included
  std::optional<Deploy> deploy;
  std::vector<std::string> device_cgroup_rules;
  std::vector<Device> devices;
  std::vector<std::string> dns;
  std::vector<std::string> dns_opt;
  std::vector<std::string> dns_search;
  std::string domainname;
  std::optional<std::vector<std::string>> entrypoint;  // empty list: no entry point, not the image's
  OptionalTextMap environment;                         // env_file included; nothing: unset in the container
  std::vector<std::string> expose;
  std::vector<std::string> external_links;
  std::vector<std::string> extra_hosts;  // "name=address", sorted
  std::vector<std::string> group_add;
  std::vector<DeviceRequest> gpus;
  std::optional<Healthcheck> healthcheck;
  std::string hostname;
  std::string image;
  std::optional<bool> init;
  std::string ipc;
  std::string isolation;
  TextMap labels;  // label_file included
  std::vector<std::string> links;
  std::optional<Logging> logging;
  std::string mac_address;
  Bytes mem_limit{0};
  Bytes mem_reservation{0};
  std::int64_t mem_swappiness = 0;
  Bytes memswap_limit{0};
  std::map<std::string, ServiceModel, std::less<>> models;  // by the model's key in Project::models
  std::string network_mode;
  std::map<std::string, Attachment, std::less<>> networks;  // by the network's key in Project::networks
  // Their keys, the highest priority first, else by name: the order to attach them in.
  std::vector<std::string> networks_by_priority() const;
  bool oom_kill_disable = false;
  std::int64_t oom_score_adj = 0;
  std::string pid;
  std::int64_t pids_limit = 0;
  std::string platform;
  std::vector<Port> ports;
  std::vector<Hook> post_start;
  std::vector<Hook> pre_start;
  std::vector<Hook> pre_stop;
  bool privileged = false;
  std::optional<Provider> provider;
  std::string pull_policy;
  std::optional<std::chrono::nanoseconds> pull_refresh_after;  // of pull_policy "refresh"
  bool read_only = false;
  std::string restart;
  std::string runtime;
  std::optional<std::int64_t> scale;
  std::vector<FileGrant> secrets;
  std::vector<std::string> security_opt;
  Bytes shm_size{0};
  bool stdin_open = false;
  std::optional<std::chrono::nanoseconds> stop_grace_period;
  std::string stop_signal;
  TextMap storage_opt;
  TextMap sysctls;
  std::vector<std::string> tmpfs;
  bool tty = false;
  std::map<std::string, Ulimit, std::less<>> ulimits;
  bool use_api_socket = false;
  std::string user;
  std::string userns_mode;
  std::string uts;
  std::vector<Mount> volumes;
  std::vector<std::string> volumes_from;
  std::string working_dir;
};

}  // namespace berth::compose
