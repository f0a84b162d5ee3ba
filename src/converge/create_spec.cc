#include "converge/create_spec.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "compose/berth_options.h"
#include "converge/granted_files.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/providers.h"
#include "converge/spec_parts.h"

namespace berth::converge {

namespace {

std::string_view condition_text(compose::Condition condition) {
  switch (condition) {
    case compose::Condition::kStarted:
      return "service_started";
    case compose::Condition::kHealthy:
      return "service_healthy";
    case compose::Condition::kCompletedSuccessfully:
      return "service_completed_successfully";
  }
  throw Error(Kind::kInternal, "unknown depends_on condition");
}

std::string depends_on_label(const compose::Service& service) {
  std::vector<std::string> parts;
  for (const auto& [name, dependency] : service.depends_on) {
    parts.push_back(name + ":" + std::string(condition_text(dependency.condition)) +
                    (dependency.restart ? ":true" : ":false"));
  }
  return join(parts, ",");
}

std::string copied_label(const compose::Project& project, const compose::Service& service) {
  json::array paths;
  for (const CopyFiles& copy : files_to_copy(project, service, {})) {
    for (const CopyFiles::File& file : copy.files) paths.push_back(json::string(file.path));
  }
  return paths.empty() ? std::string() : format_json(paths);
}

engine::StringMap labels_spec(const compose::Project& project, const compose::Service& service,
                              const SpecOptions& options) {
  engine::StringMap labels = service.labels;
  if (service.deploy) labels.merge(placement_labels(*service.deploy));
  labels[label::kProject] = project.name;
  labels[label::kService] = service.name;
  labels[label::kVersion] = label::kComposeVersion;
  labels[label::kWorkingDir] = project.working_dir;
  labels[label::kConfigFiles] = join(project.compose_files, ",");
  if (!project.env_files.empty()) labels[label::kEnvironmentFile] = join(project.env_files, ",");
  labels[label::kOneOff] = "False";
  labels[label::kConfigHash] = options.hash;
  if (options.number > 0) labels[label::kContainerNumber] = std::to_string(options.number);
  labels[label::kDependsOn] = depends_on_label(service);
  if (!options.image.empty()) labels[label::kImage] = options.image.value;
  if (!options.fields.empty()) labels[label::kFields] = options.fields;
  if (std::string files = granted_files(project, service); !files.empty()) labels[label::kFiles] = std::move(files);
  if (std::string copied = copied_label(project, service); !copied.empty()) labels[label::kCopied] = std::move(copied);
  if (std::string given = given_digests(project, service); !given.empty()) labels[label::kGiven] = std::move(given);
  if (!options.publish) labels[label::kBehindIngress] = "true";
  if (std::string restart = restart_label(service); !restart.empty()) labels[label::kRestartUnhealthy] = restart;
  if (std::string schedule = schedule_label(service); !schedule.empty()) labels[label::kSchedule] = schedule;
  if (compose::berth_options(service).once_per_release) labels[label::kRelease] = release_digest(project);
  for (const auto& [name, value] : options.labels) labels[name] = value;
  return labels;
}

std::vector<std::string> environment_spec(const compose::Project& project, const compose::Service& service) {
  compose::OptionalTextMap variables = service.environment;
  for (const auto& [name, value] : project.default_variables) variables.emplace(name, value);
  for (const auto& [name, value] : given_variables(project, service)) variables[name] = value;
  std::vector<std::string> env;
  env.reserve(variables.size());
  for (const auto& [name, value] : variables) env.push_back(value ? name + "=" + *value : name);
  return env;
}

std::optional<engine::HealthConfig> health_spec(const std::optional<compose::Healthcheck>& check) {
  if (!check) return std::nullopt;
  engine::HealthConfig config;
  config.test = check->disable ? std::vector<std::string>{"NONE"} : check->test;
  config.interval = check->interval.value_or(std::chrono::nanoseconds{0});
  config.timeout = check->timeout.value_or(std::chrono::nanoseconds{0});
  config.start_period = check->start_period.value_or(std::chrono::nanoseconds{0});
  config.start_interval = check->start_interval.value_or(std::chrono::nanoseconds{0});
  config.retries = static_cast<std::int64_t>(check->retries.value_or(0));
  return config;
}

std::string with_protocol(std::string_view port) {
  return port.find('/') == std::string_view::npos ? std::string(port) + "/tcp" : std::string(port);
}

std::string port_key(const compose::Port& port) {
  return std::to_string(port.target) + "/" + (port.protocol.empty() ? "tcp" : port.protocol);
}

std::vector<std::string> exposed_spec(const compose::Service& service) {
  std::vector<std::string> ports;
  for (const std::string& port : service.expose) ports.push_back(with_protocol(port));
  for (const compose::Port& port : service.ports) ports.push_back(port_key(port));
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

}  // namespace

engine::PortMap bindings_spec(const compose::Service& service) {
  engine::PortMap bindings;
  for (const compose::Port& port : service.ports) {
    bindings[port_key(port)].push_back({.host_ip = port.host_ip, .host_port = port.published});
  }
  return bindings;
}

namespace {

engine::ContainerConfig config_spec(const compose::Project& project, const compose::Service& service,
                                    const SpecOptions& options) {
  engine::ContainerConfig config;
  config.hostname = service.hostname;
  config.domainname = service.domainname;
  config.user = service.user;
  config.attach_stdin = options.attach_stdin;
  config.attach_stdout = true;
  config.attach_stderr = true;
  config.tty = service.tty;
  config.open_stdin = service.stdin_open;
  config.stdin_once = options.attach_stdin && service.stdin_open;
  config.exposed_ports = exposed_spec(service);
  config.env = environment_spec(project, service);
  config.cmd = service.command;
  config.entrypoint = service.entrypoint;
  config.healthcheck = health_spec(service.healthcheck);
  config.image = project.image_of(service);
  config.working_dir = service.working_dir;
  config.network_disabled = service.network_mode == "disabled";
  config.labels = labels_spec(project, service, options);
  config.stop_signal = service.stop_signal;
  if (service.stop_grace_period) {
    config.stop_timeout = std::chrono::duration_cast<std::chrono::seconds>(*service.stop_grace_period).count();
  }
  return config;
}

// "systempaths=unconfined" isn't an option of the engine: it empties the lists of hidden paths.
void add_security_options(const compose::Service& service, engine::HostConfig& host) {
  for (const std::string& option : service.security_opt) {
    if (option == "systempaths=unconfined") {
      host.masked_paths.emplace();
      host.readonly_paths.emplace();
    } else {
      host.security_opt.push_back(option);
    }
  }
}

std::vector<std::string> extra_hosts_spec(const compose::Service& service) {
  std::vector<std::string> hosts;
  for (const std::string& host : service.extra_hosts) {
    const auto [name, address] = cut(host, '=');
    hosts.push_back(address ? std::string(name) + ":" + std::string(*address) : host);
  }
  return hosts;
}

engine::StringMap tmpfs_spec(const compose::Service& service) {
  engine::StringMap tmpfs;
  for (const std::string& text : service.tmpfs) {
    const auto [target, mount_options] = cut(text, ':');
    tmpfs[std::string(target)] = mount_options.value_or("");
  }
  return tmpfs;
}

engine::HostConfig host_spec(const compose::Project& project, const compose::Service& service,
                             const SpecOptions& options) {
  engine::HostConfig host;
  host.resources = resources_spec(service);
  MountSpec mounts = mount_spec(project, service, options.inherited);
  host.binds = std::move(mounts.binds);
  host.mounts = std::move(mounts.mounts);
  if (service.logging) host.log_config = {.type = service.logging->driver, .config = service.logging->options};
  if (options.publish) host.port_bindings = bindings_spec(service);
  host.restart_policy = restart_policy_spec(service);
  host.auto_remove = options.auto_remove;
  host.volumes_from = service.volumes_from;
  host.annotations = service.annotations;
  host.cap_add = service.cap_add;
  host.cap_drop = service.cap_drop;
  host.cgroupns_mode = service.cgroup;
  host.dns = service.dns;
  host.dns_options = service.dns_opt;
  host.dns_search = service.dns_search;
  host.extra_hosts = extra_hosts_spec(service);
  host.group_add = service.group_add;
  host.ipc_mode = service.ipc;
  host.links = options.links;
  host.oom_score_adj = service.oom_score_adj;
  host.pid_mode = service.pid;
  host.privileged = service.privileged;
  host.readonly_rootfs = service.read_only;
  add_security_options(service, host);
  host.storage_opt = service.storage_opt;
  host.tmpfs = tmpfs_spec(service);
  host.uts_mode = service.uts;
  host.userns_mode = service.userns_mode;
  host.shm_size = service.shm_size;
  host.sysctls = service.sysctls;
  host.runtime = service.runtime;
  host.init = service.init;
  host.isolation = service.isolation;
  return host;
}

}  // namespace

engine::ContainerCreate create_spec(const compose::Project& project, const compose::Service& service,
                                    const SpecOptions& options) {
  engine::ContainerCreate create;
  create.name = options.name;
  create.platform =
      service.platform.empty() ? project.environment.get_or("DOCKER_DEFAULT_PLATFORM", "") : service.platform;
  create.config = config_spec(project, service, options);
  create.host_config = host_spec(project, service, options);
  NetworkSpec networks = network_spec(project, service, options);
  create.host_config.network_mode = std::move(networks.mode);
  create.networking_config = std::move(networks.networks);
  return create;
}

std::string container_name(std::string_view project_name, const compose::Service& service, int number,
                           std::string_view separator) {
  if (!service.container_name.empty()) return service.container_name;
  return std::string(project_name) + std::string(separator) + replaced_name(service, number, separator);
}

std::string replaced_name(const compose::Service& service, int number, std::string_view separator) {
  if (!service.container_name.empty()) return service.container_name;
  return service.name + std::string(separator) + std::to_string(number);
}

std::string_view service_in_mode(std::string_view mode) {
  constexpr std::string_view prefix = "service:";
  return mode.starts_with(prefix) ? mode.substr(prefix.size()) : std::string_view();
}

}  // namespace berth::converge
