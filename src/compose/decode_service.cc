#include <utility>

#include "compose/decode.h"
#include "compose/decode_values.h"

namespace berth::compose {
namespace {

using yaml::Node;

Port decode_port(const Node& bound) {
  const Fields fields(bound);
  Port port;
  port.position = bound.position();
  fields.read("name", port.name);
  fields.read("mode", port.mode);
  fields.read("host_ip", port.host_ip);
  fields.read("target", port.target);
  fields.read("published", port.published);
  fields.read("protocol", port.protocol);
  fields.read("app_protocol", port.app_protocol);
  return port;
}

MountKind mount_kind(const std::string& type) {
  if (type == "bind") return MountKind::kBind;
  if (type == "tmpfs") return MountKind::kTmpfs;
  if (type == "image") return MountKind::kImage;
  if (type == "npipe") return MountKind::kNamedPipe;
  if (type == "cluster") return MountKind::kCluster;
  return MountKind::kVolume;
}

Mount decode_mount(const Node& bound) {
  const Fields fields(bound);
  Mount mount;
  mount.position = bound.position();
  std::string type;
  fields.read("type", type);
  mount.kind = mount_kind(type);
  fields.read("source", mount.source);
  fields.read("target", mount.target);
  fields.read("read_only", mount.read_only);
  fields.read("consistency", mount.consistency);
  if (const Node* bind = bound.find("bind")) {
    const Fields options(*bind);
    options.read("propagation", mount.propagation);
    options.read("selinux", mount.selinux);
    options.read("create_host_path", mount.create_host_path);
    options.read("recursive", mount.recursive);
  }
  if (const Node* volume = bound.find("volume")) {
    const Fields options(*volume);
    options.read("labels", mount.labels);
    options.read("nocopy", mount.nocopy);
    options.read("subpath", mount.subpath);
  }
  if (const Node* image = bound.find("image")) Fields(*image).read("subpath", mount.subpath);
  if (const Node* tmpfs = bound.find("tmpfs")) {
    const Fields options(*tmpfs);
    options.read("size", mount.size);
    options.read("mode", mount.mode);
  }
  return mount;
}

FileGrant decode_grant(const Node& bound) {
  const Fields fields(bound);
  FileGrant grant;
  grant.position = bound.position();
  fields.read("source", grant.source);
  fields.read("target", grant.target);
  fields.read("uid", grant.uid);
  fields.read("gid", grant.gid);
  fields.read("mode", grant.mode);
  return grant;
}

Attachment decode_attachment(const Node& bound) {
  const Fields fields(bound);
  Attachment attachment;
  attachment.position = bound.position();
  fields.read("aliases", attachment.aliases);
  fields.read("driver_opts", attachment.driver_opts);
  fields.read("interface_name", attachment.interface_name);
  fields.read("ipv4_address", attachment.ipv4_address);
  fields.read("ipv6_address", attachment.ipv6_address);
  fields.read("link_local_ips", attachment.link_local_ips);
  fields.read("mac_address", attachment.mac_address);
  fields.read("priority", attachment.priority);
  fields.read("gw_priority", attachment.gateway_priority);
  return attachment;
}

Dependency decode_dependency(const Node& bound) {
  const Fields fields(bound);
  Dependency dependency;
  dependency.position = bound.position();
  std::string condition;
  fields.read("condition", condition);
  if (condition == "service_healthy") dependency.condition = Condition::kHealthy;
  if (condition == "service_completed_successfully") dependency.condition = Condition::kCompletedSuccessfully;
  fields.read("restart", dependency.restart);
  fields.read("required", dependency.required);
  return dependency;
}

Healthcheck decode_healthcheck(const Node& bound) {
  const Fields fields(bound);
  Healthcheck healthcheck;
  fields.read("test", healthcheck.test);
  fields.read("timeout", healthcheck.timeout);
  fields.read("interval", healthcheck.interval);
  fields.read("retries", healthcheck.retries);
  fields.read("start_period", healthcheck.start_period);
  fields.read("start_interval", healthcheck.start_interval);
  fields.read("disable", healthcheck.disable);
  return healthcheck;
}

Device decode_device(const Node& bound) {
  const Fields fields(bound);
  Device device;
  fields.read("source", device.source);
  fields.read("target", device.target);
  fields.read("permissions", device.permissions);
  return device;
}

Logging decode_logging(const Node& bound) {
  const Fields fields(bound);
  Logging logging;
  fields.read("driver", logging.driver);
  fields.read("options", logging.options);
  return logging;
}

WeightedDevice decode_weighted(const Node& bound) {
  const Fields fields(bound);
  WeightedDevice device;
  fields.read("path", device.path);
  fields.read("weight", device.weight);
  return device;
}

ThrottledDevice decode_throttled(const Node& bound) {
  const Fields fields(bound);
  ThrottledDevice device;
  fields.read("path", device.path);
  fields.read("rate", device.rate);
  return device;
}

ServiceModel decode_service_model(const Node& bound) {
  const Fields fields(bound);
  ServiceModel model;
  model.position = bound.position();
  fields.read("endpoint_var", model.endpoint_var);
  fields.read("model_var", model.model_var);
  return model;
}

BlkioConfig decode_blkio(const Node& bound) {
  const Fields fields(bound);
  BlkioConfig blkio;
  fields.read("weight", blkio.weight);
  fields.read("weight_device", blkio.weight_device, decode_weighted);
  fields.read("device_read_bps", blkio.device_read_bps, decode_throttled);
  fields.read("device_read_iops", blkio.device_read_iops, decode_throttled);
  fields.read("device_write_bps", blkio.device_write_bps, decode_throttled);
  fields.read("device_write_iops", blkio.device_write_iops, decode_throttled);
  return blkio;
}

void decode_limits(const Fields& fields, Service& service) {
  fields.read("cpu_count", service.cpu_count);
  fields.read("cpu_percent", service.cpu_percent);
  fields.read("cpu_period", service.cpu_period);
  fields.read("cpu_quota", service.cpu_quota);
  fields.read("cpu_rt_period", service.cpu_rt_period);
  fields.read("cpu_rt_runtime", service.cpu_rt_runtime);
  fields.read("cpu_shares", service.cpu_shares);
  fields.read("cpus", service.cpus);
  fields.read("cpuset", service.cpuset);
  fields.read("mem_limit", service.mem_limit);
  fields.read("mem_reservation", service.mem_reservation);
  fields.read("mem_swappiness", service.mem_swappiness);
  fields.read("memswap_limit", service.memswap_limit);
  fields.read("oom_kill_disable", service.oom_kill_disable);
  fields.read("oom_score_adj", service.oom_score_adj);
  fields.read("pids_limit", service.pids_limit);
  fields.read("shm_size", service.shm_size);
  fields.read("ulimits", service.ulimits);
}

void decode_naming(const Fields& fields, Service& service) {
  fields.read("dns", service.dns);
  fields.read("dns_opt", service.dns_opt);
  fields.read("dns_search", service.dns_search);
  fields.read("domainname", service.domainname);
  fields.read("expose", service.expose);
  fields.read("external_links", service.external_links);
  fields.read("extra_hosts", service.extra_hosts);
  fields.read("hostname", service.hostname);
  fields.read("links", service.links);
  fields.read("mac_address", service.mac_address);
  fields.read("network_mode", service.network_mode);
}

void decode_process(const Fields& fields, Service& service) {
  fields.read("profiles", service.profiles);
  fields.read("annotations", service.annotations);
  fields.read("attach", service.attach);
  fields.read("cap_add", service.cap_add);
  fields.read("cap_drop", service.cap_drop);
  fields.read("cgroup", service.cgroup);
  fields.read("cgroup_parent", service.cgroup_parent);
  fields.read("command", service.command);
  fields.read("container_name", service.container_name);
  fields.read("device_cgroup_rules", service.device_cgroup_rules);
  fields.read("entrypoint", service.entrypoint);
  fields.read("group_add", service.group_add);
  fields.read("image", service.image);
  fields.read("init", service.init);
  fields.read("ipc", service.ipc);
  fields.read("isolation", service.isolation);
  fields.read("pid", service.pid);
  fields.read("platform", service.platform);
  fields.read("privileged", service.privileged);
  fields.read("pull_policy", service.pull_policy);
  fields.read("pull_refresh_after", service.pull_refresh_after);
  fields.read("read_only", service.read_only);
  fields.read("restart", service.restart);
  fields.read("runtime", service.runtime);
  fields.read("scale", service.scale);
  fields.read("security_opt", service.security_opt);
  fields.read("stdin_open", service.stdin_open);
  fields.read("stop_grace_period", service.stop_grace_period);
  fields.read("stop_signal", service.stop_signal);
  fields.read("storage_opt", service.storage_opt);
  fields.read("sysctls", service.sysctls);
  fields.read("tmpfs", service.tmpfs);
  fields.read("tty", service.tty);
  fields.read("use_api_socket", service.use_api_socket);
  fields.read("user", service.user);
  fields.read("userns_mode", service.userns_mode);
  fields.read("uts", service.uts);
  fields.read("volumes_from", service.volumes_from);
  fields.read("working_dir", service.working_dir);
}

}  // namespace

void decode_environment(const Node& bound, Service& service) {
  const Fields fields(bound);
  service.tree = bound;
  service.environment.clear();
  service.labels.clear();
  fields.read("environment", service.environment);
  fields.read("labels", service.labels);
}

Service decode_service(const std::string& name, const Node& bound) {
  const Fields fields(bound);
  Service service;
  service.name = name;
  service.position = bound.position();
  decode_environment(bound, service);
  decode_limits(fields, service);
  decode_naming(fields, service);
  decode_process(fields, service);
  fields.read("build", service.build, decode_build);
  fields.read("blkio_config", service.blkio_config, decode_blkio);
  fields.read("configs", service.configs, decode_grant);
  fields.read("depends_on", service.depends_on, decode_dependency);
  fields.read("deploy", service.deploy, decode_deploy);
  fields.read("devices", service.devices, decode_device);
  fields.read("gpus", service.gpus, decode_device_request);
  fields.read("healthcheck", service.healthcheck, decode_healthcheck);
  fields.read("logging", service.logging, decode_logging);
  fields.read("models", service.models, decode_service_model);
  fields.read("networks", service.networks, decode_attachment);
  fields.read("ports", service.ports, decode_port);
  fields.read("post_start", service.post_start, decode_hook);
  fields.read("pre_start", service.pre_start, decode_hook);
  fields.read("pre_stop", service.pre_stop, decode_hook);
  fields.read("provider", service.provider, decode_provider);
  fields.read("secrets", service.secrets, decode_grant);
  fields.read("volumes", service.volumes, decode_mount);
  return service;
}

Provider decode_provider(const Node& bound) {
  Provider provider;
  Fields(bound).read("type", provider.type);
  const Node* options = bound.find("options");
  if (options == nullptr) return provider;
  for (const auto& [name, position, value] : options->entries()) {
    Fields(*options).read(name, provider.options[name]);
  }
  return provider;
}

Hook decode_hook(const Node& bound) {
  const Fields fields(bound);
  Hook hook;
  hook.position = bound.position();
  fields.read("command", hook.command);
  fields.read("user", hook.user);
  fields.read("privileged", hook.privileged);
  fields.read("working_dir", hook.working_dir);
  fields.read("environment", hook.environment);
  fields.read("image", hook.image);
  fields.read("per_replica", hook.per_replica);
  return hook;
}

}  // namespace berth::compose
