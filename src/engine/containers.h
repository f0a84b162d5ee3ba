// Containers: what is asked for at create, and what list and inspect answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "engine/networks.h"
#include "engine/types.h"

namespace berth::engine {

// Zero and empty mean: the image's.
struct HealthConfig {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", ...}, {"CMD-SHELL", line}
  std::chrono::nanoseconds interval{};
  std::chrono::nanoseconds timeout{};
  std::chrono::nanoseconds start_period{};    // API 1.29
  std::chrono::nanoseconds start_interval{};  // API 1.44
  std::int64_t retries = 0;
  bool operator==(const HealthConfig&) const = default;
};

// Configuration of a container that doesn't depend on its host; also an image's.
struct ContainerConfig {
  std::string hostname;
  std::string domainname;
  std::string user;
  bool attach_stdin = false;
  bool attach_stdout = false;
  bool attach_stderr = false;
  bool tty = false;
  bool open_stdin = false;
  bool stdin_once = false;
  std::vector<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> env;            // "NAME=value"; "NAME" takes the variable away
  // Absent: the image's; an empty list: none.
  std::optional<std::vector<std::string>> cmd;
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<HealthConfig> healthcheck;
  std::string image;
  std::vector<std::string> volumes;  // mount points
  std::string working_dir;
  bool network_disabled = false;
  std::string mac_address;  // API below 1.44 only; set EndpointSettings::mac_address instead, it is sent as this
  StringMap labels;
  std::string stop_signal;
  std::optional<std::int64_t> stop_timeout;  // seconds
  std::vector<std::string> shell;
  std::vector<std::string> on_build;
  bool operator==(const ContainerConfig&) const = default;
};

struct WeightDevice {
  std::string path;
  std::int64_t weight = 0;
  bool operator==(const WeightDevice&) const = default;
};

struct ThrottleDevice {
  std::string path;
  std::int64_t rate = 0;  // bytes or operations a second
  bool operator==(const ThrottleDevice&) const = default;
};

struct DeviceMapping {
  std::string path_on_host;
  std::string path_in_container;
  std::string cgroup_permissions;  // "rwm"
  bool operator==(const DeviceMapping&) const = default;
};

struct DeviceRequest {
  std::string driver;
  std::int64_t count = 0;  // -1: all
  std::vector<std::string> device_ids;
  std::vector<std::vector<std::string>> capabilities;
  StringMap options;
  bool operator==(const DeviceRequest&) const = default;
};

struct Ulimit {
  std::string name;
  std::int64_t soft = 0;
  std::int64_t hard = 0;
  bool operator==(const Ulimit&) const = default;
};

// What container update can change too. Zero and empty mean: not limited.
struct Resources {
  std::int64_t cpu_shares = 0;
  Bytes memory{};
  std::string cgroup_parent;
  std::int64_t blkio_weight = 0;
  std::vector<WeightDevice> blkio_weight_device;
  std::vector<ThrottleDevice> blkio_device_read_bps;
  std::vector<ThrottleDevice> blkio_device_write_bps;
  std::vector<ThrottleDevice> blkio_device_read_iops;
  std::vector<ThrottleDevice> blkio_device_write_iops;
  std::int64_t cpu_period = 0;           // microseconds
  std::int64_t cpu_quota = 0;            // microseconds
  std::int64_t cpu_realtime_period = 0;  // microseconds
  std::int64_t cpu_realtime_runtime = 0;
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::vector<DeviceMapping> devices;
  std::vector<std::string> device_cgroup_rules;
  std::vector<DeviceRequest> device_requests;  // API 1.40
  Bytes memory_reservation{};
  Bytes memory_swap{};  // -1: as much as there is
  std::optional<std::int64_t> memory_swappiness;
  std::int64_t nano_cpus = 0;
  std::optional<bool> oom_kill_disable;
  std::optional<std::int64_t> pids_limit;  // 0, -1: not limited
  std::vector<Ulimit> ulimits;
  std::int64_t cpu_count = 0;    // Windows
  std::int64_t cpu_percent = 0;  // Windows
  bool operator==(const Resources&) const = default;
};

struct BindOptions {
  std::string propagation;
  bool non_recursive = false;
  bool create_mountpoint = false;          // API 1.42; older engines are sent HostConfig::binds
  bool read_only_non_recursive = false;    // API 1.44
  bool read_only_force_recursive = false;  // API 1.44
  std::string selinux;                     // "z" or "Z": not in Mounts, so it is sent as HostConfig::binds
  bool operator==(const BindOptions&) const = default;
};

struct VolumeOptions {
  bool no_copy = false;
  StringMap labels;
  std::string driver;  // DriverConfig.Name
  StringMap driver_options;
  std::string subpath;  // API 1.45
  bool operator==(const VolumeOptions&) const = default;
};

struct TmpfsOptions {
  Bytes size{};
  std::int64_t mode = 0;                          // permission bits: 01777
  std::vector<std::vector<std::string>> options;  // API 1.46: {{"noexec"}, {"uid", "1000"}}
  bool operator==(const TmpfsOptions&) const = default;
};

struct Mount {
  std::string type;  // bind, volume, image, tmpfs, npipe, cluster
  std::string source;
  std::string target;
  bool read_only = false;
  std::string consistency;
  std::optional<BindOptions> bind_options;
  std::optional<VolumeOptions> volume_options;
  std::string image_subpath;  // API 1.48
  std::optional<TmpfsOptions> tmpfs_options;
  bool operator==(const Mount&) const = default;
};

struct PortBinding {
  std::string host_ip;
  std::string host_port;  // maybe a range "8000-8010"; empty: the engine picks one
  bool operator==(const PortBinding&) const = default;
};
using PortMap = std::map<std::string, std::vector<PortBinding>, std::less<>>;  // by "80/tcp"

struct RestartPolicy {
  std::string name;  // no, always, unless-stopped, on-failure; empty is no
  std::int64_t maximum_retry_count = 0;
  bool operator==(const RestartPolicy&) const = default;
};

struct LogConfig {
  std::string type;
  StringMap config;
  bool operator==(const LogConfig&) const = default;
};

// Configuration of a container that depends on its host.
struct HostConfig {
  Resources resources;
  std::vector<std::string> binds;  // "source:target[:options]"
  LogConfig log_config;
  std::string network_mode;  // bridge, host, none, container:ID, or a network's name
  PortMap port_bindings;
  RestartPolicy restart_policy;
  bool auto_remove = false;
  std::string volume_driver;
  std::vector<std::string> volumes_from;
  std::vector<Mount> mounts;
  std::optional<std::pair<std::int64_t, std::int64_t>> console_size;  // height, width
  StringMap annotations;                                              // API 1.43
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::string cgroupns_mode;  // API 1.41: private, host
  std::vector<std::string> dns;
  std::vector<std::string> dns_options;
  std::vector<std::string> dns_search;
  std::vector<std::string> extra_hosts;  // "name:address"
  std::vector<std::string> group_add;
  std::string ipc_mode;
  std::string cgroup;
  std::vector<std::string> links;
  std::int64_t oom_score_adj = 0;
  std::string pid_mode;
  bool privileged = false;
  bool publish_all_ports = false;
  bool readonly_rootfs = false;
  std::vector<std::string> security_opt;
  StringMap storage_opt;
  StringMap tmpfs;  // mount point to options
  std::string uts_mode;
  std::string userns_mode;
  Bytes shm_size{};
  StringMap sysctls;
  std::string runtime;
  std::optional<bool> init;
  std::string isolation;                                   // Windows
  std::optional<std::vector<std::string>> masked_paths;    // absent: the engine's own list
  std::optional<std::vector<std::string>> readonly_paths;  // absent: the engine's own list
  bool operator==(const HostConfig&) const = default;
};

// The networks to join, by name or id. Below API 1.44 (Feature::kManyEndpoints) the engine takes one at most.
struct NetworkingConfig {
  std::map<std::string, EndpointSettings, std::less<>> endpoints_config;
  bool operator==(const NetworkingConfig&) const = default;
};

// All of container create.
struct ContainerCreate {
  std::string name;      // the engine makes one up when empty
  std::string platform;  // "linux/arm64"; API 1.41
  ContainerConfig config;
  HostConfig host_config;
  NetworkingConfig networking_config;
  bool operator==(const ContainerCreate&) const = default;
};

struct ContainerCreated {
  ContainerId id;
  std::vector<std::string> warnings;
};

// A published or exposed port, as container list shows it.
struct Port {
  std::string ip;
  std::uint16_t private_port = 0;
  std::uint16_t public_port = 0;  // 0: exposed only
  std::string type;               // tcp, udp, sctp
  auto operator<=>(const Port&) const = default;
};

// A mount of an existing container.
struct MountPoint {
  std::string type;
  std::string name;
  std::string source;
  std::string destination;
  std::string driver;
  std::string mode;
  bool rw = false;
  std::string propagation;
  bool operator==(const MountPoint&) const = default;
};

// An element of container list.
struct ContainerSummary {
  ContainerId id;
  std::vector<std::string> names;  // without the leading slash
  std::string image;
  ImageId image_id;
  std::string command;
  Time created;
  std::vector<Port> ports;
  std::optional<Bytes> size_rw;       // where asked for
  std::optional<Bytes> size_root_fs;  // where asked for
  StringMap labels;
  std::string state;   // created, running, paused, restarting, exited, removing, dead
  std::string status;  // for people: "Up 2 hours (healthy)"
  std::string network_mode;
  std::map<std::string, EndpointSettings, std::less<>> networks;  // by network name
  std::vector<MountPoint> mounts;
  bool operator==(const ContainerSummary&) const = default;
};

struct HealthcheckResult {
  std::optional<Time> start;
  std::optional<Time> end;
  std::int64_t exit_code = 0;
  std::string output;
  bool operator==(const HealthcheckResult&) const = default;
};

struct Health {
  std::string status;  // none, starting, healthy, unhealthy
  std::int64_t failing_streak = 0;
  std::vector<HealthcheckResult> log;
  bool operator==(const Health&) const = default;
};

struct ContainerState {
  std::string status;  // created, running, paused, restarting, exited, removing, dead
  bool running = false;
  bool paused = false;
  bool restarting = false;
  bool oom_killed = false;
  bool dead = false;
  std::int64_t pid = 0;
  std::int64_t exit_code = 0;
  std::string error;
  std::optional<Time> started_at;   // absent when it never was
  std::optional<Time> finished_at;  // absent when it never has
  std::optional<Health> health;
  bool operator==(const ContainerState&) const = default;
};

// What container inspect answers.
struct ContainerInspect {
  ContainerId id;
  std::optional<Time> created;
  std::string path;
  std::vector<std::string> args;
  ContainerState state;
  ImageId image;
  std::string log_path;
  std::string name;  // without the leading slash
  std::int64_t restart_count = 0;
  std::string driver;
  std::string platform;
  std::vector<std::string> exec_ids;
  HostConfig host_config;
  std::optional<Bytes> size_rw;
  std::optional<Bytes> size_root_fs;
  std::vector<MountPoint> mounts;
  ContainerConfig config;
  PortMap ports;                                                  // NetworkSettings.Ports: as bound now
  std::map<std::string, EndpointSettings, std::less<>> networks;  // NetworkSettings.Networks, by network name
  bool operator==(const ContainerInspect&) const = default;
};

// Body of container update.
struct ContainerUpdate {
  Resources resources;
  std::optional<RestartPolicy> restart_policy;
};

struct ContainerListOptions {
  bool all = false;  // those that don't run too
  std::optional<std::int64_t> limit;
  bool size = false;
  Filters filters;
};

// For stop and restart. Absent: the container's own, then the engine's (10 s, SIGTERM).
struct StopOptions {
  std::optional<std::chrono::seconds> timeout;  // negative: wait for ever
  std::string signal;                           // API 1.42
};

struct RemoveOptions {
  bool force = false;    // kill it first where it runs
  bool volumes = false;  // its anonymous volumes too
};

enum class WaitCondition { kNotRunning, kNextExit, kRemoved };

struct ContainerExit {
  std::int64_t status_code = 0;
  std::string error;  // the engine could not wait properly
};

struct LogOptions {
  bool follow = false;
  bool out = true;
  bool err = true;
  std::optional<Time> since;
  std::optional<Time> until;
  bool timestamps = false;
  std::optional<std::int64_t> tail;  // lines; absent: all
};

struct AttachOptions {
  bool in = false;
  bool out = true;
  bool err = true;
  bool logs = false;        // what was written before, first
  std::string detach_keys;  // "ctrl-p,ctrl-q"
};

// Processes of a container, columns as ps names them.
struct Top {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> processes;
};

// A path inside a container.
struct PathStat {
  std::string name;
  std::int64_t size = 0;
  std::uint32_t mode = 0;  // Go's os.FileMode bits
  std::optional<Time> mtime;
  std::string link_target;

  bool is_folder() const { return (mode & 0x80000000U) != 0; }
  bool is_symlink() const { return (mode & 0x08000000U) != 0; }
};

struct FilesystemChange {
  enum class Change { kModified = 0, kAdded = 1, kDeleted = 2 };
  std::string path;
  Change change = Change::kModified;
  bool operator==(const FilesystemChange&) const = default;
};

struct CommitOptions {
  std::string repository;
  std::string tag;
  std::string comment;
  std::string author;
  bool pause = true;
  std::vector<std::string> changes;  // Dockerfile instructions
};

// One sample of a running container's use; cumulative counters unless said otherwise.
struct Stats {
  struct Cpu {
    std::uint64_t total_usage = 0;  // nanoseconds of all CPUs
    std::uint64_t system_usage = 0;
    std::uint32_t online_cpus = 0;
  };
  struct Network {
    std::uint64_t rx_bytes = 0;
    std::uint64_t tx_bytes = 0;
  };
  std::optional<Time> read;  // absent when the container doesn't run
  std::string name;
  ContainerId id;
  Cpu cpu;
  Cpu precpu;                      // of the sample before
  std::uint64_t memory_usage = 0;  // now, without the page cache that could be dropped, as `docker stats` counts it
  std::uint64_t memory_limit = 0;
  std::map<std::string, Network> networks;  // by interface
  std::uint64_t block_read = 0;             // bytes
  std::uint64_t block_write = 0;
  std::uint64_t pids = 0;  // now

  // Of one CPU, as `docker stats` shows it: 150 is one and a half.
  double cpu_percent() const;
};

}  // namespace berth::engine
