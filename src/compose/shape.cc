#include "compose/shape.h"

namespace berth::compose {
namespace {

using enum Form;

template <std::size_t N>
constexpr Shape shape_of(const Attribute (&attributes)[N], bool has_extensions = true) {
  return {std::span<const Attribute>(attributes, N), has_extensions};
}

constexpr Attribute kUlimitAttributes[] = {{"soft", kInteger, kAlwaysInYaml}, {"hard", kInteger, kAlwaysInYaml}};
constexpr Shape kUlimitShape = shape_of(kUlimitAttributes, false);

constexpr Attribute kGrantAttributes[] = {{"source"}, {"target"}, {"uid"}, {"gid"}, {"mode", kFileMode, kUnlessUnset}};
constexpr Shape kGrantShape = shape_of(kGrantAttributes);

constexpr Attribute kBuildAttributes[] = {
    {"context"},
    {"dockerfile"},
    {"dockerfile_inline"},
    {"entitlements", kTexts},
    {"args", kEnvironment},
    {"provenance"},
    {"sbom"},
    {"ssh", kSsh},
    {"labels", kLabels},
    {"cache_from", kTextOrTexts},
    {"cache_to", kTextOrTexts},
    {"no_cache", kBoolean},
    {"no_cache_filter", kTextOrTexts},
    {"additional_contexts", kTextMap},
    {"pull", kBoolean},
    {"extra_hosts", kHosts},
    {"isolation"},
    {"network"},
    {"target"},
    {"secrets", kObjects, kUnlessZero, &kGrantShape},
    {"shm_size", kBytes},
    {"tags", kTextOrTexts},
    {"ulimits", kUlimits, kUnlessZero, &kUlimitShape},
    {"platforms", kTextOrTexts},
    {"privileged", kBoolean},
};
constexpr Shape kBuildShape = shape_of(kBuildAttributes);

constexpr Attribute kHookAttributes[] = {
    {"command", kCommand, kUnlessUnset | kAlwaysInJson},
    {"user"},
    {"privileged", kBoolean},
    {"working_dir"},
    {"environment", kEnvironment},
};
constexpr Shape kHookShape = shape_of(kHookAttributes);

// Runs in a container of its own, which may be of another image.
constexpr Attribute kStartHookAttributes[] = {
    {"command", kCommand, kUnlessUnset | kAlwaysInJson},
    {"image"},
    {"user"},
    {"privileged", kBoolean},
    {"working_dir"},
    {"environment", kEnvironment},
    {"per_replica", kBoolean},
};
constexpr Shape kStartHookShape = shape_of(kStartHookAttributes);

constexpr Attribute kWatchAttributes[] = {
    {"path", kText, kAlways},
    {"action", kText, kAlways},
    {"target"},
    {"exec", kObject, kValue, &kHookShape},
    {"include", kTexts},
    {"ignore", kTexts},
    {"initial_sync", kBoolean},
};
constexpr Shape kWatchShape = shape_of(kWatchAttributes);
constexpr Attribute kDevelopAttributes[] = {{"watch", kObjects, kUnlessZero, &kWatchShape}};
constexpr Shape kDevelopShape = shape_of(kDevelopAttributes);

constexpr Attribute kWeightAttributes[] = {{"path", kText, kAlways, nullptr, "Path"},
                                           {"weight", kUnsigned, kAlways, nullptr, "Weight"}};
constexpr Shape kWeightShape = shape_of(kWeightAttributes);
constexpr Attribute kThrottleAttributes[] = {{"path", kText, kAlways, nullptr, "Path"},
                                             {"rate", kBytes, kAlways, nullptr, "Rate"}};
constexpr Shape kThrottleShape = shape_of(kThrottleAttributes);
constexpr Attribute kBlkioAttributes[] = {
    {"weight", kUnsigned},
    {"weight_device", kObjects, kUnlessZero, &kWeightShape},
    {"device_read_bps", kObjects, kUnlessZero, &kThrottleShape},
    {"device_read_iops", kObjects, kUnlessZero, &kThrottleShape},
    {"device_write_bps", kObjects, kUnlessZero, &kThrottleShape},
    {"device_write_iops", kObjects, kUnlessZero, &kThrottleShape},
};
constexpr Shape kBlkioShape = shape_of(kBlkioAttributes);

constexpr Attribute kCredentialSpecAttributes[] = {{"config"}, {"file"}, {"registry"}};
constexpr Shape kCredentialSpecShape = shape_of(kCredentialSpecAttributes);

constexpr Attribute kDependencyAttributes[] = {{"condition"}, {"restart", kBoolean}, {"required", kBoolean, kAlways}};
constexpr Shape kDependencyShape = shape_of(kDependencyAttributes);

constexpr Attribute kDeviceRequestAttributes[] = {
    {"capabilities", kTexts}, {"driver"}, {"count", kDeviceCount}, {"device_ids", kTexts}, {"options", kTextMap}};
constexpr Shape kDeviceRequestShape = shape_of(kDeviceRequestAttributes, false);

constexpr Attribute kDiscreteAttributes[] = {{"kind", kText, kAlways}, {"value", kInteger, kAlways}};
constexpr Shape kDiscreteShape = shape_of(kDiscreteAttributes);
constexpr Attribute kGenericResourceAttributes[] = {{"discrete_resource_spec", kObject, kUnlessUnset, &kDiscreteShape}};
constexpr Shape kGenericResourceShape = shape_of(kGenericResourceAttributes);
constexpr Attribute kResourceAttributes[] = {
    {"cpus", kCpus},
    {"memory", kBytes},
    {"pids", kInteger},
    {"devices", kObjects, kUnlessZero, &kDeviceRequestShape},
    {"generic_resources", kObjects, kUnlessZero, &kGenericResourceShape},
};
constexpr Shape kResourceShape = shape_of(kResourceAttributes);
constexpr Attribute kResourcesAttributes[] = {{"limits", kObject, kUnlessUnset, &kResourceShape},
                                              {"reservations", kObject, kUnlessUnset, &kResourceShape}};
constexpr Shape kResourcesShape = shape_of(kResourcesAttributes);

constexpr Attribute kUpdateAttributes[] = {
    {"parallelism", kUnsigned, kUnlessUnset},
    {"delay", kDuration},
    {"failure_action"},
    {"monitor", kDuration},
    {"max_failure_ratio", kFloat},
    {"order"},
};
constexpr Shape kUpdateShape = shape_of(kUpdateAttributes);
constexpr Attribute kRestartPolicyAttributes[] = {
    {"condition"},
    {"delay", kDuration, kUnlessUnset},
    {"max_attempts", kUnsigned, kUnlessUnset},
    {"window", kDuration, kUnlessUnset},
};
constexpr Shape kRestartPolicyShape = shape_of(kRestartPolicyAttributes);
constexpr Attribute kPreferenceAttributes[] = {{"spread"}};
constexpr Shape kPreferenceShape = shape_of(kPreferenceAttributes);
constexpr Attribute kPlacementAttributes[] = {
    {"constraints", kTexts},
    {"preferences", kObjects, kUnlessZero, &kPreferenceShape},
    {"max_replicas_per_node", kUnsigned},
};
constexpr Shape kPlacementShape = shape_of(kPlacementAttributes);
constexpr Attribute kDeployAttributes[] = {
    {"mode"},
    {"replicas", kInteger, kUnlessUnset},
    {"labels", kLabels},
    {"update_config", kObject, kUnlessUnset, &kUpdateShape},
    {"rollback_config", kObject, kUnlessUnset, &kUpdateShape},
    {"resources", kObject, kValue, &kResourcesShape},
    {"restart_policy", kObject, kUnlessUnset, &kRestartPolicyShape},
    {"placement", kObject, kValue, &kPlacementShape},
    {"endpoint_mode"},
};
constexpr Shape kDeployShape = shape_of(kDeployAttributes);

constexpr Attribute kDeviceAttributes[] = {{"source"}, {"target"}, {"permissions"}};
constexpr Shape kDeviceShape = shape_of(kDeviceAttributes);

constexpr Attribute kProviderAttributes[] = {{"type"}, {"options", kOptionLists}};
constexpr Shape kProviderShape = shape_of(kProviderAttributes);

constexpr Attribute kEnvFileAttributes[] = {{"path"}, {"required", kBoolean, kAlways}, {"format"}};
constexpr Shape kEnvFileShape = shape_of(kEnvFileAttributes, false);

constexpr Attribute kExtendsAttributes[] = {{"file"}, {"service"}};
constexpr Shape kExtendsShape = shape_of(kExtendsAttributes, false);

constexpr Attribute kHealthcheckAttributes[] = {
    {"test", kHealthTest},
    {"timeout", kDuration, kUnlessUnset},
    {"interval", kDuration, kUnlessUnset},
    {"retries", kUnsigned, kUnlessUnset},
    {"start_period", kDuration, kUnlessUnset},
    {"start_interval", kDuration, kUnlessUnset},
    {"disable", kBoolean},
};
constexpr Shape kHealthcheckShape = shape_of(kHealthcheckAttributes);

constexpr Attribute kLoggingAttributes[] = {{"driver"}, {"options", kOptions}};
constexpr Shape kLoggingShape = shape_of(kLoggingAttributes);

constexpr Attribute kServiceModelAttributes[] = {{"endpoint_var"}, {"model_var"}};
constexpr Shape kServiceModelShape = shape_of(kServiceModelAttributes);

constexpr Attribute kAttachmentAttributes[] = {
    {"aliases", kTexts},        {"driver_opts", kOptions}, {"gw_priority", kInteger},
    {"interface_name"},         {"ipv4_address"},          {"ipv6_address"},
    {"link_local_ips", kTexts}, {"mac_address"},           {"priority", kInteger},
};
constexpr Shape kAttachmentShape = shape_of(kAttachmentAttributes);

constexpr Attribute kPortAttributes[] = {{"name"},      {"mode"},     {"host_ip"},     {"target", kUnsigned},
                                         {"published"}, {"protocol"}, {"app_protocol"}};
constexpr Shape kPortShape = shape_of(kPortAttributes);

constexpr Attribute kMountBindAttributes[] = {
    {"selinux"}, {"propagation"}, {"create_host_path", kBoolean}, {"recursive"}};
constexpr Shape kMountBindShape = shape_of(kMountBindAttributes);
constexpr Attribute kMountVolumeAttributes[] = {{"labels", kTextMap}, {"nocopy", kBoolean}, {"subpath"}};
constexpr Shape kMountVolumeShape = shape_of(kMountVolumeAttributes);
constexpr Attribute kMountTmpfsAttributes[] = {{"size", kBytes}, {"mode", kUnsigned}};
constexpr Shape kMountTmpfsShape = shape_of(kMountTmpfsAttributes);
constexpr Attribute kMountImageAttributes[] = {{"subpath"}};
constexpr Shape kMountImageShape = shape_of(kMountImageAttributes);
constexpr Attribute kMountAttributes[] = {
    {"type"},
    {"source"},
    {"target"},
    {"read_only", kBoolean},
    {"consistency"},
    {"bind", kObject, kUnlessUnset, &kMountBindShape},
    {"volume", kObject, kUnlessUnset, &kMountVolumeShape},
    {"tmpfs", kObject, kUnlessUnset, &kMountTmpfsShape},
    {"image", kObject, kUnlessUnset, &kMountImageShape},
};
constexpr Shape kMountShape = shape_of(kMountAttributes);

constexpr Attribute kServiceAttributes[] = {
    {"profiles", kTexts},
    {"annotations", kTextMap},
    {"attach", kBoolean, kUnlessUnset},
    {"build", kObject, kUnlessUnset, &kBuildShape},
    {"develop", kObject, kUnlessUnset, &kDevelopShape},
    {"blkio_config", kObject, kUnlessUnset, &kBlkioShape},
    {"cap_add", kTexts},
    {"cap_drop", kTexts},
    {"cgroup_parent"},
    {"cgroup"},
    {"cpu_count", kInteger},
    {"cpu_percent", kFloat},
    {"cpu_period", kInteger},
    {"cpu_quota", kInteger},
    {"cpu_rt_period", kInteger},
    {"cpu_rt_runtime", kInteger},
    {"cpus", kFloat},
    {"cpuset"},
    {"cpu_shares", kInteger},
    {"command", kCommand, kUnlessUnset | kAlwaysInJson},
    {"configs", kObjects, kUnlessZero, &kGrantShape},
    {"container_name"},
    {"credential_spec", kObject, kUnlessUnset, &kCredentialSpecShape},
    {"depends_on", kObjectMap, kUnlessZero, &kDependencyShape},
    {"deploy", kObject, kUnlessUnset, &kDeployShape},
    {"device_cgroup_rules", kTexts},
    {"devices", kObjects, kUnlessZero, &kDeviceShape},
    {"dns", kTextOrTexts},
    {"dns_opt", kTexts},
    {"dns_search", kTextOrTexts},
    {"dockerfile"},
    {"domainname"},
    {"entrypoint", kCommand, kUnlessUnset | kAlwaysInJson},
    {"provider", kObject, kUnlessUnset, &kProviderShape},
    {"environment", kEnvironment},
    {"env_file", kEnvFiles, kUnlessZero, &kEnvFileShape},
    {"expose", kTextOrNumbers},
    {"extends", kObject, kUnlessUnset, &kExtendsShape},
    {"external_links", kTexts},
    {"extra_hosts", kHosts},
    {"group_add", kTexts},
    {"gpus", kObjects, kUnlessZero, &kDeviceRequestShape},
    {"hostname"},
    {"healthcheck", kObject, kUnlessUnset, &kHealthcheckShape},
    {"image"},
    {"init", kBoolean, kUnlessUnset},
    {"ipc"},
    {"isolation"},
    {"labels", kLabels},
    {"label_file", kTexts},
    {"links", kTexts},
    {"logging", kObject, kUnlessUnset, &kLoggingShape},
    {"log_driver"},
    {"log_opt", kOptions},
    {"mem_limit", kBytes},
    {"mem_reservation", kBytes},
    {"memswap_limit", kBytes},
    {"mem_swappiness", kBytes},
    {"mac_address"},
    {"models", kObjectMap, kNullable, &kServiceModelShape},
    {"net"},
    {"network_mode"},
    {"networks", kObjectMap, kNullable, &kAttachmentShape},
    {"oom_kill_disable", kBoolean},
    {"oom_score_adj", kInteger},
    {"pid"},
    {"pids_limit", kInteger},
    {"platform"},
    {"ports", kObjects, kUnlessZero, &kPortShape},
    {"privileged", kBoolean},
    {"pull_policy"},
    {"pull_refresh_after", kDuration, kUnlessUnset},
    {"read_only", kBoolean},
    {"restart"},
    {"runtime"},
    {"scale", kInteger, kUnlessUnset},
    {"secrets", kObjects, kUnlessZero, &kGrantShape},
    {"security_opt", kTexts},
    {"shm_size", kBytes},
    {"stdin_open", kBoolean},
    {"stop_grace_period", kDuration, kUnlessUnset},
    {"stop_signal"},
    {"storage_opt", kOptions},
    {"sysctls", kTextMap},
    {"tmpfs", kTextOrTexts},
    {"tty", kBoolean},
    {"ulimits", kUlimits, kUnlessZero, &kUlimitShape},
    {"use_api_socket", kBoolean},
    {"user"},
    {"userns_mode"},
    {"uts"},
    {"volume_driver"},
    {"volumes", kObjects, kUnlessZero, &kMountShape},
    {"volumes_from", kTexts},
    {"working_dir"},
    {"pre_start", kObjects, kUnlessZero, &kStartHookShape},
    {"post_start", kObjects, kUnlessZero, &kHookShape},
    {"pre_stop", kObjects, kUnlessZero, &kHookShape},
};

constexpr Attribute kPoolAttributes[] = {{"subnet"}, {"gateway"}, {"ip_range"}, {"aux_addresses", kTextMap}};
constexpr Shape kPoolShape = shape_of(kPoolAttributes, false);
constexpr Attribute kIpamAttributes[] = {{"driver"}, {"config", kObjects, kUnlessZero, &kPoolShape}};
constexpr Shape kIpamShape = shape_of(kIpamAttributes);
constexpr Attribute kNetworkAttributes[] = {
    {"name"},
    {"driver"},
    {"driver_opts", kOptions},
    {"ipam", kObject, kValue, &kIpamShape},
    {"external", kBoolean},
    {"internal", kBoolean},
    {"attachable", kBoolean},
    {"labels", kLabels},
    {"enable_ipv4", kBoolean, kUnlessUnset},
    {"enable_ipv6", kBoolean, kUnlessUnset},
};
constexpr Attribute kVolumeAttributes[] = {
    {"name"}, {"driver"}, {"driver_opts", kOptions}, {"external", kBoolean}, {"labels", kLabels}};
constexpr Attribute kFileObjectAttributes[] = {
    {"name"},
    {"file"},
    {"environment"},
    {"content"},
    {"external", kBoolean},
    {"labels", kLabels},
    {"driver"},
    {"driver_opts", kOptions},
    {"template_driver"},
};
constexpr Attribute kModelAttributes[] = {{"name"}, {"model"}, {"context_size", kInteger}, {"runtime_flags", kTexts}};

constexpr Attribute kProjectAttributes[] = {
    {"name"},
    {"services", kObjectMap, kAlways, &kServiceShape},
    {"networks", kObjectMap, kUnlessZero, &kNetworkShape},
    {"volumes", kObjectMap, kUnlessZero, &kVolumeShape},
    {"secrets", kObjectMap, kUnlessZero, &kFileObjectShape},
    {"configs", kObjectMap, kUnlessZero, &kFileObjectShape},
    {"models", kObjectMap, kUnlessZero, &kModelShape},
};

}  // namespace

const Shape kServiceShape = shape_of(kServiceAttributes);
const Shape kNetworkShape = shape_of(kNetworkAttributes);
const Shape kVolumeShape = shape_of(kVolumeAttributes);
const Shape kFileObjectShape = shape_of(kFileObjectAttributes);
const Shape kModelShape = shape_of(kModelAttributes);
const Shape kProjectShape = shape_of(kProjectAttributes);

const Attribute* Shape::find(std::string_view name) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

}  // namespace berth::compose
