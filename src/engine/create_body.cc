// Container create for engines of every API version.
#include "engine/containers_json.h"

namespace berth::engine {

namespace {

void require(bool used, std::string_view member, Feature feature, ApiVersion version) {
  if (!used || supports(version, feature)) return;
  throw Error(Kind::kUnsupported, "'" + std::string(member) + "' needs Docker API " + since(feature).text() +
                                      ", this engine speaks " + version.text());
}

void check_mount(const Mount& mount, ApiVersion version) {
  const std::string name = "Mounts[" + mount.target + "]";
  require(mount.type == "image", name + ".Type: image", Feature::kImageMounts, version);
  if (mount.bind_options) {
    const BindOptions& bind = *mount.bind_options;
    require(bind.read_only_non_recursive, name + ".BindOptions.ReadOnlyNonRecursive", Feature::kReadOnlyRecursive,
            version);
    require(bind.read_only_force_recursive, name + ".BindOptions.ReadOnlyForceRecursive", Feature::kReadOnlyRecursive,
            version);
  }
  if (mount.volume_options) {
    require(!mount.volume_options->subpath.empty(), name + ".VolumeOptions.Subpath", Feature::kVolumeSubpath, version);
  }
  if (mount.tmpfs_options) {
    require(!mount.tmpfs_options->options.empty(), name + ".TmpfsOptions.Options", Feature::kTmpfsOptions, version);
  }
}

void check_endpoints(const NetworkingConfig& networking, ApiVersion version) {
  const auto& endpoints = networking.endpoints_config;
  require(endpoints.size() > 1, "NetworkingConfig.EndpointsConfig of several networks", Feature::kManyEndpoints,
          version);
  for (const auto& [network, endpoint] : endpoints) {
    require(endpoint.gw_priority != 0, "NetworkingConfig.EndpointsConfig[" + network + "].GwPriority",
            Feature::kGwPriority, version);
  }
}

void check(const ContainerCreate& create, ApiVersion version) {
  const HostConfig& host = create.host_config;
  require(!create.platform.empty(), "platform", Feature::kCreatePlatform, version);
  require(create.config.stop_timeout.has_value(), "StopTimeout", Feature::kStopTimeout, version);
  require(host.init.has_value(), "HostConfig.Init", Feature::kInit, version);
  require(!host.mounts.empty(), "HostConfig.Mounts", Feature::kMounts, version);
  require(!host.annotations.empty(), "HostConfig.Annotations", Feature::kAnnotations, version);
  require(!host.cgroupns_mode.empty(), "HostConfig.CgroupnsMode", Feature::kCgroupnsMode, version);
  require(!host.resources.device_requests.empty(), "HostConfig.DeviceRequests", Feature::kDeviceRequests, version);
  if (const auto& health = create.config.healthcheck) {
    require(health->start_period.count() != 0, "Healthcheck.StartPeriod", Feature::kHealthStartPeriod, version);
    require(health->start_interval.count() != 0, "Healthcheck.StartInterval", Feature::kHealthStartInterval, version);
  }
  for (const Mount& mount : host.mounts) check_mount(mount, version);
  check_endpoints(create.networking_config, version);
}

// Whether `mount` can be said only the older way, as one of HostConfig.Binds.
bool needs_bind(const Mount& mount, ApiVersion version) {
  if (mount.type != "bind" || !mount.bind_options) return false;
  return !mount.bind_options->selinux.empty() ||
         (mount.bind_options->create_mountpoint && !supports(version, Feature::kBindCreateMountpoint));
}

// "source:target:options". The engine makes a missing source of these.
std::string bind_text(const Mount& mount) {
  const BindOptions& options = *mount.bind_options;
  const bool recursive = options.non_recursive || options.read_only_force_recursive || options.read_only_non_recursive;
  const bool colon = (mount.source + mount.target).find(':') != std::string::npos;
  if (recursive || colon || !options.create_mountpoint) {
    const std::string_view reason = recursive ? "recursive options"
                                    : colon   ? "a colon in its path"
                                              : "a source that must exist";
    throw Error(Kind::kUnsupported,
                "the engine can't combine the " +
                    std::string(options.selinux.empty() ? "making of its source" : "SELinux label") +
                    " of the bind mount at '" + mount.target + "' with " + std::string(reason));
  }
  std::string text = mount.source + ":" + mount.target + (mount.read_only ? ":ro" : ":rw");
  if (!options.selinux.empty()) text += "," + options.selinux;
  if (!options.propagation.empty()) text += "," + options.propagation;
  return text;
}

void lower_mounts(HostConfig& host, ApiVersion version) {
  std::erase_if(host.mounts, [&](const Mount& mount) {
    if (!needs_bind(mount, version)) return false;
    host.binds.push_back(bind_text(mount));
    return true;
  });
}

// Before API 1.44 a container has one MAC address, that of its first network.
void place_mac_address(ContainerCreate& create, ApiVersion version) {
  auto& endpoints = create.networking_config.endpoints_config;
  if (endpoints.size() != 1) return;
  std::string& own = endpoints.begin()->second.mac_address;
  std::string& whole = create.config.mac_address;
  if (supports(version, Feature::kEndpointMacAddress)) {
    if (own.empty()) own = std::move(whole);
    whole.clear();
  } else {
    if (!own.empty()) whole = std::move(own);
    own.clear();
  }
}

}  // namespace

std::string container_create_body(const ContainerCreate& create, ApiVersion version) {
  ContainerCreate body = create;
  lower_mounts(body.host_config, version);
  check(body, version);
  place_mac_address(body, version);
  return encode(body);
}

}  // namespace berth::engine
