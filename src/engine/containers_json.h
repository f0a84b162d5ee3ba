// Members of the container structs, for codec.h; images have a ContainerConfig too.
#pragma once

#include "engine/codec.h"
#include "engine/containers.h"
#include "engine/networks_json.h"

namespace berth::engine {

template <typename Visit>
void fields(Visit& visit, Is<HealthConfig> auto& x) {
  visit("Test", x.test);
  visit("Interval", x.interval);
  visit("Timeout", x.timeout);
  visit("StartPeriod", x.start_period);
  visit("StartInterval", x.start_interval);
  visit("Retries", x.retries);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerConfig> auto& x) {
  visit("Hostname", x.hostname);
  visit("Domainname", x.domainname);
  visit("User", x.user);
  visit("AttachStdin", x.attach_stdin);
  visit("AttachStdout", x.attach_stdout);
  visit("AttachStderr", x.attach_stderr);
  visit("Tty", x.tty);
  visit("OpenStdin", x.open_stdin);
  visit("StdinOnce", x.stdin_once);
  visit.set("ExposedPorts", x.exposed_ports);
  visit("Env", x.env);
  visit("Cmd", x.cmd);
  visit("Entrypoint", x.entrypoint);
  visit("Healthcheck", x.healthcheck);
  visit("Image", x.image);
  visit.set("Volumes", x.volumes);
  visit("WorkingDir", x.working_dir);
  visit("NetworkDisabled", x.network_disabled);
  visit("MacAddress", x.mac_address);
  visit("Labels", x.labels);
  visit("StopSignal", x.stop_signal);
  visit("StopTimeout", x.stop_timeout);
  visit("Shell", x.shell);
  visit("OnBuild", x.on_build);
}

template <typename Visit>
void fields(Visit& visit, Is<WeightDevice> auto& x) {
  visit("Path", x.path);
  visit("Weight", x.weight);
}

template <typename Visit>
void fields(Visit& visit, Is<ThrottleDevice> auto& x) {
  visit("Path", x.path);
  visit("Rate", x.rate);
}

template <typename Visit>
void fields(Visit& visit, Is<DeviceMapping> auto& x) {
  visit("PathOnHost", x.path_on_host);
  visit("PathInContainer", x.path_in_container);
  visit("CgroupPermissions", x.cgroup_permissions);
}

template <typename Visit>
void fields(Visit& visit, Is<DeviceRequest> auto& x) {
  visit("Driver", x.driver);
  visit("Count", x.count);
  visit("DeviceIDs", x.device_ids);
  visit("Capabilities", x.capabilities);
  visit("Options", x.options);
}

template <typename Visit>
void fields(Visit& visit, Is<Ulimit> auto& x) {
  visit("Name", x.name);
  visit("Soft", x.soft);
  visit("Hard", x.hard);
}

template <typename Visit>
void fields(Visit& visit, Is<Resources> auto& x) {
  visit("CpuShares", x.cpu_shares);
  visit("Memory", x.memory);
  visit("CgroupParent", x.cgroup_parent);
  visit("BlkioWeight", x.blkio_weight);
  visit("BlkioWeightDevice", x.blkio_weight_device);
  visit("BlkioDeviceReadBps", x.blkio_device_read_bps);
  visit("BlkioDeviceWriteBps", x.blkio_device_write_bps);
  visit("BlkioDeviceReadIOps", x.blkio_device_read_iops);
  visit("BlkioDeviceWriteIOps", x.blkio_device_write_iops);
  visit("CpuPeriod", x.cpu_period);
  visit("CpuQuota", x.cpu_quota);
  visit("CpuRealtimePeriod", x.cpu_realtime_period);
  visit("CpuRealtimeRuntime", x.cpu_realtime_runtime);
  visit("CpusetCpus", x.cpuset_cpus);
  visit("CpusetMems", x.cpuset_mems);
  visit("Devices", x.devices);
  visit("DeviceCgroupRules", x.device_cgroup_rules);
  visit("DeviceRequests", x.device_requests);
  visit("MemoryReservation", x.memory_reservation);
  visit("MemorySwap", x.memory_swap);
  visit("MemorySwappiness", x.memory_swappiness);
  visit("NanoCpus", x.nano_cpus);
  visit("OomKillDisable", x.oom_kill_disable);
  visit("PidsLimit", x.pids_limit);
  visit("Ulimits", x.ulimits);
  visit("CpuCount", x.cpu_count);
  visit("CpuPercent", x.cpu_percent);
}

template <typename Visit>
void fields(Visit& visit, Is<BindOptions> auto& x) {
  visit("Propagation", x.propagation);
  visit("NonRecursive", x.non_recursive);
  visit("CreateMountpoint", x.create_mountpoint);
  visit("ReadOnlyNonRecursive", x.read_only_non_recursive);
  visit("ReadOnlyForceRecursive", x.read_only_force_recursive);
}

template <typename Visit>
void fields(Visit& visit, Is<VolumeOptions> auto& x) {
  visit("NoCopy", x.no_copy);
  visit("Labels", x.labels);
  visit.nest("DriverConfig", [&](auto& inner) {
    inner("Name", x.driver);
    inner("Options", x.driver_options);
  });
  visit("Subpath", x.subpath);
}

template <typename Visit>
void fields(Visit& visit, Is<TmpfsOptions> auto& x) {
  visit("SizeBytes", x.size);
  visit("Mode", x.mode);
  visit("Options", x.options);
}

template <typename Visit>
void fields(Visit& visit, Is<Mount> auto& x) {
  visit("Type", x.type);
  visit("Source", x.source);
  visit("Target", x.target);
  visit("ReadOnly", x.read_only);
  visit("Consistency", x.consistency);
  visit("BindOptions", x.bind_options);
  visit("VolumeOptions", x.volume_options);
  visit.nest("ImageOptions", [&](auto& inner) { inner("Subpath", x.image_subpath); });
  visit("TmpfsOptions", x.tmpfs_options);
}

template <typename Visit>
void fields(Visit& visit, Is<PortBinding> auto& x) {
  visit("HostIp", x.host_ip);
  visit("HostPort", x.host_port);
}

template <typename Visit>
void fields(Visit& visit, Is<RestartPolicy> auto& x) {
  visit("Name", x.name);
  visit("MaximumRetryCount", x.maximum_retry_count);
}

template <typename Visit>
void fields(Visit& visit, Is<LogConfig> auto& x) {
  visit("Type", x.type);
  visit("Config", x.config);
}

template <typename Visit>
void fields(Visit& visit, Is<HostConfig> auto& x) {
  fields(visit, x.resources);
  visit("Binds", x.binds);
  visit("LogConfig", x.log_config);
  visit("NetworkMode", x.network_mode);
  visit("PortBindings", x.port_bindings);
  visit("RestartPolicy", x.restart_policy);
  visit("AutoRemove", x.auto_remove);
  visit("VolumeDriver", x.volume_driver);
  visit("VolumesFrom", x.volumes_from);
  visit("Mounts", x.mounts);
  visit("ConsoleSize", x.console_size);
  visit("Annotations", x.annotations);
  visit("CapAdd", x.cap_add);
  visit("CapDrop", x.cap_drop);
  visit("CgroupnsMode", x.cgroupns_mode);
  visit("Dns", x.dns);
  visit("DnsOptions", x.dns_options);
  visit("DnsSearch", x.dns_search);
  visit("ExtraHosts", x.extra_hosts);
  visit("GroupAdd", x.group_add);
  visit("IpcMode", x.ipc_mode);
  visit("Cgroup", x.cgroup);
  visit("Links", x.links);
  visit("OomScoreAdj", x.oom_score_adj);
  visit("PidMode", x.pid_mode);
  visit("Privileged", x.privileged);
  visit("PublishAllPorts", x.publish_all_ports);
  visit("ReadonlyRootfs", x.readonly_rootfs);
  visit("SecurityOpt", x.security_opt);
  visit("StorageOpt", x.storage_opt);
  visit("Tmpfs", x.tmpfs);
  visit("UTSMode", x.uts_mode);
  visit("UsernsMode", x.userns_mode);
  visit("ShmSize", x.shm_size);
  visit("Sysctls", x.sysctls);
  visit("Runtime", x.runtime);
  visit("Init", x.init);
  visit("Isolation", x.isolation);
  visit("MaskedPaths", x.masked_paths);
  visit("ReadonlyPaths", x.readonly_paths);
}

template <typename Visit>
void fields(Visit& visit, Is<NetworkingConfig> auto& x) {
  visit("EndpointsConfig", x.endpoints_config);
}

// Name and platform are in the query.
template <typename Visit>
void fields(Visit& visit, Is<ContainerCreate> auto& x) {
  fields(visit, x.config);
  visit("HostConfig", x.host_config);
  visit("NetworkingConfig", x.networking_config);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerCreated> auto& x) {
  visit("Id", x.id);
  visit("Warnings", x.warnings);
}

template <typename Visit>
void fields(Visit& visit, Is<Port> auto& x) {
  visit("IP", x.ip);
  visit("PrivatePort", x.private_port);
  visit("PublicPort", x.public_port);
  visit("Type", x.type);
}

template <typename Visit>
void fields(Visit& visit, Is<MountPoint> auto& x) {
  visit("Type", x.type);
  visit("Name", x.name);
  visit("Source", x.source);
  visit("Destination", x.destination);
  visit("Driver", x.driver);
  visit("Mode", x.mode);
  visit("RW", x.rw);
  visit("Propagation", x.propagation);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerSummary> auto& x) {
  visit("Id", x.id);
  visit.slashed("Names", x.names);
  visit("Image", x.image);
  visit("ImageID", x.image_id);
  visit("Command", x.command);
  visit.unix("Created", x.created);
  visit("Ports", x.ports);
  visit("SizeRw", x.size_rw);
  visit("SizeRootFs", x.size_root_fs);
  visit("Labels", x.labels);
  visit("State", x.state);
  visit("Status", x.status);
  visit.nest("HostConfig", [&](auto& inner) { inner("NetworkMode", x.network_mode); });
  visit.nest("NetworkSettings", [&](auto& inner) { inner("Networks", x.networks); });
  visit("Mounts", x.mounts);
}

template <typename Visit>
void fields(Visit& visit, Is<HealthcheckResult> auto& x) {
  visit("Start", x.start);
  visit("End", x.end);
  visit("ExitCode", x.exit_code);
  visit("Output", x.output);
}

template <typename Visit>
void fields(Visit& visit, Is<Health> auto& x) {
  visit("Status", x.status);
  visit("FailingStreak", x.failing_streak);
  visit("Log", x.log);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerState> auto& x) {
  visit("Status", x.status);
  visit("Running", x.running);
  visit("Paused", x.paused);
  visit("Restarting", x.restarting);
  visit("OOMKilled", x.oom_killed);
  visit("Dead", x.dead);
  visit("Pid", x.pid);
  visit("ExitCode", x.exit_code);
  visit("Error", x.error);
  visit("StartedAt", x.started_at);
  visit("FinishedAt", x.finished_at);
  visit("Health", x.health);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerInspect> auto& x) {
  visit("Id", x.id);
  visit("Created", x.created);
  visit("Path", x.path);
  visit("Args", x.args);
  visit("State", x.state);
  visit("Image", x.image);
  visit("LogPath", x.log_path);
  visit.slashed("Name", x.name);
  visit("RestartCount", x.restart_count);
  visit("Driver", x.driver);
  visit("Platform", x.platform);
  visit("ExecIDs", x.exec_ids);
  visit("HostConfig", x.host_config);
  visit("SizeRw", x.size_rw);
  visit("SizeRootFs", x.size_root_fs);
  visit("Mounts", x.mounts);
  visit("Config", x.config);
  visit.nest("NetworkSettings", [&](auto& inner) {
    inner("Ports", x.ports);
    inner("Networks", x.networks);
  });
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerUpdate> auto& x) {
  fields(visit, x.resources);
  visit("RestartPolicy", x.restart_policy);
}

template <typename Visit>
void fields(Visit& visit, Is<ContainerExit> auto& x) {
  visit("StatusCode", x.status_code);
  visit.nest("Error", [&](auto& inner) { inner("Message", x.error); });
}

template <typename Visit>
void fields(Visit& visit, Is<Top> auto& x) {
  visit("Titles", x.titles);
  visit("Processes", x.processes);
}

template <typename Visit>
void fields(Visit& visit, Is<PathStat> auto& x) {
  visit("name", x.name);
  visit("size", x.size);
  visit("mode", x.mode);
  visit("mtime", x.mtime);
  visit("linkTarget", x.link_target);
}

template <typename Visit>
void fields(Visit& visit, Is<FilesystemChange> auto& x) {
  visit("Path", x.path);
  visit("Kind", x.change);
}

}  // namespace berth::engine
