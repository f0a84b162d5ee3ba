// JSON of the engine itself, and of the smaller nouns: volumes, events, exec.
#include "engine/events.h"
#include "engine/exec.h"
#include "engine/images_json.h"
#include "engine/system.h"
#include "engine/volumes.h"

namespace berth::engine {

template <typename Visit>
void fields(Visit& visit, Is<VolumeCreate> auto& x) {
  visit("Name", x.name);
  visit("Driver", x.driver);
  visit("DriverOpts", x.driver_opts);
  visit("Labels", x.labels);
}

template <typename Visit>
void fields(Visit& visit, Is<Volume> auto& x) {
  visit("Name", x.name);
  visit("Driver", x.driver);
  visit("Mountpoint", x.mountpoint);
  visit("CreatedAt", x.created_at);
  visit("Labels", x.labels);
  visit("Options", x.options);
  visit("Scope", x.scope);
}

template <typename Visit>
void fields(Visit& visit, Is<VolumeList> auto& x) {
  visit("Volumes", x.volumes);
  visit("Warnings", x.warnings);
}

template <typename Visit>
void fields(Visit& visit, Is<VolumeUsage> auto& x) {
  fields(visit, x.volume);
  visit.nest("UsageData", [&](auto& inner) {
    inner.always("Size", x.size);
    inner.always("RefCount", x.ref_count);
  });
}

template <typename Visit>
void fields(Visit& visit, Is<BuildCacheRecord> auto& x) {
  visit("ID", x.id);
  visit("Type", x.type);
  visit("Description", x.description);
  visit("InUse", x.in_use);
  visit("Shared", x.shared);
  visit("Size", x.size);
}

template <typename Visit>
void fields(Visit& visit, Is<DiskUsage> auto& x) {
  visit("LayersSize", x.layers_size);
  visit("Images", x.images);
  visit("Containers", x.containers);
  visit("Volumes", x.volumes);
  visit("BuildCache", x.build_cache);
}

template <typename Visit>
void fields(Visit& visit, Is<Event> auto& x) {
  visit("Type", x.type);
  visit("Action", x.action);
  visit.nest("Actor", [&](auto& inner) {
    inner("ID", x.actor_id);
    inner("Attributes", x.attributes);
  });
  visit("scope", x.scope);
  visit.nano("timeNano", x.time);
}

template <typename Visit>
void fields(Visit& visit, Is<ExecCreate> auto& x) {
  visit("AttachStdin", x.attach_stdin);
  visit("AttachStdout", x.attach_stdout);
  visit("AttachStderr", x.attach_stderr);
  visit("Tty", x.tty);
  visit("Privileged", x.privileged);
  visit("User", x.user);
  visit("WorkingDir", x.working_dir);
  visit("DetachKeys", x.detach_keys);
  visit("Env", x.env);
  visit("Cmd", x.cmd);
  visit("ConsoleSize", x.console_size);
}

template <typename Visit>
void fields(Visit& visit, Is<ExecInspect> auto& x) {
  visit("ID", x.id);
  visit("Running", x.running);
  visit("ExitCode", x.exit_code);
  visit("Pid", x.pid);
  visit("ContainerID", x.container_id);
}

template <typename Visit>
void fields(Visit& visit, Is<Version> auto& x) {
  visit("Version", x.version);
  visit("ApiVersion", x.api_version);
  visit("MinAPIVersion", x.min_api_version);
  visit("GitCommit", x.git_commit);
  visit("GoVersion", x.go_version);
  visit("Os", x.os);
  visit("Arch", x.arch);
  visit("KernelVersion", x.kernel_version);
  visit("BuildTime", x.build_time);
  visit.nest("Platform", [&](auto& inner) { inner("Name", x.platform_name); });
}

template <typename Visit>
void fields(Visit& visit, Is<Info> auto& x) {
  visit("ID", x.id);
  visit("Name", x.name);
  visit("Containers", x.containers);
  visit("ContainersRunning", x.containers_running);
  visit("ContainersPaused", x.containers_paused);
  visit("ContainersStopped", x.containers_stopped);
  visit("Images", x.images);
  visit("Driver", x.driver);
  visit("DockerRootDir", x.docker_root_dir);
  visit("NCPU", x.ncpu);
  visit("MemTotal", x.mem_total);
  visit("KernelVersion", x.kernel_version);
  visit("OperatingSystem", x.operating_system);
  visit("OSType", x.os_type);
  visit("Architecture", x.architecture);
  visit("ServerVersion", x.server_version);
  visit("Labels", x.labels);
  visit("DefaultRuntime", x.default_runtime);
  visit.set("Runtimes", x.runtimes);
  visit("CgroupDriver", x.cgroup_driver);
  visit("CgroupVersion", x.cgroup_version);
  visit("LoggingDriver", x.logging_driver);
  visit("SecurityOptions", x.security_options);
  visit.nest("Plugins", [&](auto& inner) {
    inner("Volume", x.volume_plugins);
    inner("Network", x.network_plugins);
    inner("Log", x.log_plugins);
  });
  visit("SystemTime", x.system_time);
  visit("LiveRestoreEnabled", x.live_restore_enabled);
  visit("Warnings", x.warnings);
}

template VolumeCreate decode(std::string_view);
template Volume decode(std::string_view);
template VolumeList decode(std::string_view);
template DiskUsage decode(std::string_view);
template Event decode(std::string_view);
template ExecCreate decode(std::string_view);
template ExecInspect decode(std::string_view);
template Version decode(std::string_view);
template Info decode(std::string_view);
template std::string encode(const VolumeCreate&);
template std::string encode(const Volume&);
template std::string encode(const Event&);
template std::string encode(const ExecCreate&);
template std::string encode(const Version&);
template std::string encode(const Info&);

std::string exec_create_body(const ExecCreate& create, ApiVersion version) {
  const auto require = [&](bool used, std::string_view member, ApiVersion needed) {
    if (!used || version >= needed) return;
    throw Error(Kind::kUnsupported, "'" + std::string(member) + "' needs Docker API " + needed.text() +
                                        ", this engine speaks " + version.text());
  };
  require(!create.env.empty(), "Env", {1, 25});
  require(!create.working_dir.empty(), "WorkingDir", {1, 35});
  ExecCreate body = create;
  if (version < ApiVersion{1, 42}) body.console_size.reset();  // the terminal is resized after the start there
  return encode(body);
}

std::string filters_text(const Filters& filters) {
  if (filters.empty()) return {};
  json::object object;
  for (const auto& [name, value] : filters) {
    json::value& values = object[name];
    if (values.is_null()) values = json::array();
    values.get_array().push_back(json::value(value));
  }
  return format_json(object);
}

}  // namespace berth::engine
