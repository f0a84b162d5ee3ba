#include <cmath>

#include "base/strings.h"
#include "converge/spec_parts.h"

namespace berth::converge {

namespace {

constexpr double kNanoCpus = 1e9;

engine::DeviceRequest device_request(const compose::DeviceRequest& request, bool gpu) {
  engine::DeviceRequest result{.driver = request.driver,
                               .count = request.count,
                               .device_ids = request.device_ids,
                               .capabilities = {request.capabilities},
                               .options = request.options};
  if (gpu) result.capabilities.front().emplace_back("gpu");
  return result;
}

// "vendor.com/class=name": a device of the Container Device Interface.
bool is_cdi_name(std::string_view name) {
  const auto [kind, device] = cut(name, '=');
  return device && !device->empty() && !name.starts_with('/') && kind.find('/') != std::string_view::npos;
}

void add_devices(const compose::Service& service, engine::Resources& resources) {
  std::vector<std::string> cdi;
  for (const compose::Device& device : service.devices) {
    if (device.source == device.target && is_cdi_name(device.source)) {
      cdi.push_back(device.source);
    } else {
      resources.devices.push_back({.path_on_host = device.source,
                                   .path_in_container = device.target,
                                   .cgroup_permissions = device.permissions});
    }
  }
  if (!cdi.empty()) resources.device_requests.push_back({.driver = "cdi", .device_ids = cdi});
  for (const compose::DeviceRequest& gpu : service.gpus) resources.device_requests.push_back(device_request(gpu, true));
}

std::vector<engine::ThrottleDevice> throttles(const std::vector<compose::ThrottledDevice>& devices) {
  std::vector<engine::ThrottleDevice> result;
  for (const compose::ThrottledDevice& device : devices) {
    result.push_back({.path = device.path, .rate = count(device.rate)});
  }
  return result;
}

void add_blkio(const compose::BlkioConfig& blkio, engine::Resources& resources) {
  resources.blkio_weight = blkio.weight;
  for (const compose::WeightedDevice& device : blkio.weight_device) {
    resources.blkio_weight_device.push_back({.path = device.path, .weight = device.weight});
  }
  resources.blkio_device_read_bps = throttles(blkio.device_read_bps);
  resources.blkio_device_read_iops = throttles(blkio.device_read_iops);
  resources.blkio_device_write_bps = throttles(blkio.device_write_bps);
  resources.blkio_device_write_iops = throttles(blkio.device_write_iops);
}

// deploy.resources goes over the attributes of the service itself.
void add_deploy(const compose::Deploy& deploy, engine::Resources& resources) {
  if (deploy.limits) {
    if (count(deploy.limits->memory) != 0) resources.memory = deploy.limits->memory;
    if (deploy.limits->cpus != 0) resources.nano_cpus = std::llround(deploy.limits->cpus * kNanoCpus);
    if (deploy.limits->pids > 0) resources.pids_limit = deploy.limits->pids;
  }
  if (deploy.reservations) {
    if (count(deploy.reservations->memory) != 0) resources.memory_reservation = deploy.reservations->memory;
    for (const compose::DeviceRequest& device : deploy.reservations->devices) {
      resources.device_requests.push_back(device_request(device, false));
    }
  }
}

std::string restart_name(std::string_view condition) {
  if (condition == "none" || condition == "no") return "no";
  if (condition == "any" || condition == "always") return "always";
  return std::string(condition);
}

}  // namespace

engine::Resources resources_spec(const compose::Service& service) {
  engine::Resources resources;
  resources.cgroup_parent = service.cgroup_parent;
  resources.memory = service.mem_limit;
  resources.memory_swap = service.memswap_limit;
  if (service.mem_swappiness != 0) resources.memory_swappiness = service.mem_swappiness;
  resources.memory_reservation = service.mem_reservation;
  if (service.oom_kill_disable) resources.oom_kill_disable = true;
  resources.cpu_count = service.cpu_count;
  resources.cpu_percent = std::llround(service.cpu_percent * 100);
  resources.cpu_period = service.cpu_period;
  resources.cpu_quota = service.cpu_quota;
  resources.cpu_realtime_period = service.cpu_rt_period;
  resources.cpu_realtime_runtime = service.cpu_rt_runtime;
  resources.cpu_shares = service.cpu_shares;
  resources.nano_cpus = std::llround(service.cpus * kNanoCpus);
  resources.cpuset_cpus = service.cpuset;
  resources.device_cgroup_rules = service.device_cgroup_rules;
  if (service.pids_limit != 0) resources.pids_limit = service.pids_limit;
  if (service.blkio_config) add_blkio(*service.blkio_config, resources);
  add_devices(service, resources);
  if (service.deploy) add_deploy(*service.deploy, resources);
  for (const auto& [name, limit] : service.ulimits) {
    resources.ulimits.push_back({.name = name, .soft = limit.soft, .hard = limit.hard});
  }
  return resources;
}

engine::RestartPolicy restart_policy_spec(const compose::Service& service) {
  engine::RestartPolicy policy;
  if (!service.restart.empty()) {
    const auto [name, attempts] = cut(service.restart, ':');
    policy.name = restart_name(name);
    policy.maximum_retry_count = parse_integer(attempts.value_or("")).value_or(0);
  }
  if (service.deploy && service.deploy->restart_policy) {
    policy.name = restart_name(service.deploy->restart_policy->condition);
    policy.maximum_retry_count = static_cast<std::int64_t>(service.deploy->restart_policy->max_attempts.value_or(0));
  }
  return policy;
}

}  // namespace berth::converge
