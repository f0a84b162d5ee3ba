#include "compose/decode.h"
#include "compose/decode_values.h"

namespace berth::compose {
namespace {

using yaml::Node;

BuildSecret decode_build_secret(const Node& bound) {
  const Fields fields(bound);
  BuildSecret secret;
  fields.read("source", secret.source);
  fields.read("target", secret.target);
  return secret;
}

IpamPool decode_pool(const Node& bound) {
  const Fields fields(bound);
  IpamPool pool;
  fields.read("subnet", pool.subnet);
  fields.read("gateway", pool.gateway);
  fields.read("ip_range", pool.ip_range);
  fields.read("aux_addresses", pool.aux_addresses);
  return pool;
}

Resources decode_resources(const Node& bound) {
  const Fields fields(bound);
  Resources resources;
  fields.read("cpus", resources.cpus);
  fields.read("memory", resources.memory);
  fields.read("pids", resources.pids);
  fields.read("devices", resources.devices, decode_device_request);
  return resources;
}

UpdatePolicy decode_update(const Node& bound) {
  const Fields fields(bound);
  UpdatePolicy policy;
  fields.read("parallelism", policy.parallelism);
  fields.read("delay", policy.delay);
  fields.read("failure_action", policy.failure_action);
  fields.read("monitor", policy.monitor);
  fields.read("max_failure_ratio", policy.max_failure_ratio);
  fields.read("order", policy.order);
  return policy;
}

RestartPolicy decode_restart(const Node& bound) {
  const Fields fields(bound);
  RestartPolicy policy;
  fields.read("condition", policy.condition);
  fields.read("delay", policy.delay);
  fields.read("max_attempts", policy.max_attempts);
  fields.read("window", policy.window);
  return policy;
}

}  // namespace

Build decode_build(const Node& bound) {
  const Fields fields(bound);
  Build build;
  build.position = bound.position();
  fields.read("context", build.context);
  fields.read("dockerfile", build.dockerfile);
  fields.read("dockerfile_inline", build.dockerfile_inline);
  fields.read("entitlements", build.entitlements);
  fields.read("args", build.args);
  fields.read("provenance", build.provenance);
  fields.read("sbom", build.sbom);
  fields.read("labels", build.labels);
  fields.read("cache_from", build.cache_from);
  fields.read("cache_to", build.cache_to);
  fields.read("no_cache", build.no_cache);
  fields.read("additional_contexts", build.additional_contexts);
  fields.read("pull", build.pull);
  fields.read("extra_hosts", build.extra_hosts);
  fields.read("isolation", build.isolation);
  fields.read("network", build.network);
  fields.read("target", build.target);
  fields.read("shm_size", build.shm_size);
  fields.read("tags", build.tags);
  fields.read("ulimits", build.ulimits);
  fields.read("platforms", build.platforms);
  fields.read("privileged", build.privileged);
  fields.read("secrets", build.secrets, decode_build_secret);
  if (const Node* keys = bound.find("ssh")) {
    for (const auto& [id, position, path] : keys->entries()) build.ssh.emplace_back(id, path.text());
  }
  return build;
}

DeviceRequest decode_device_request(const Node& bound) {
  const Fields fields(bound);
  DeviceRequest request;
  fields.read("capabilities", request.capabilities);
  fields.read("driver", request.driver);
  fields.read("count", request.count);
  fields.read("device_ids", request.device_ids);
  fields.read("options", request.options);
  return request;
}

Deploy decode_deploy(const Node& bound) {
  const Fields fields(bound);
  Deploy deploy;
  fields.read("mode", deploy.mode);
  fields.read("replicas", deploy.replicas);
  fields.read("labels", deploy.labels);
  fields.read("endpoint_mode", deploy.endpoint_mode);
  fields.read("update_config", deploy.update_config, decode_update);
  fields.read("rollback_config", deploy.rollback_config, decode_update);
  fields.read("restart_policy", deploy.restart_policy, decode_restart);
  if (const Node* resources = bound.find("resources")) {
    Fields(*resources).read("limits", deploy.limits, decode_resources);
    Fields(*resources).read("reservations", deploy.reservations, decode_resources);
  }
  if (const Node* placement = bound.find("placement")) {
    const Fields where(*placement);
    where.read("constraints", deploy.constraints);
    where.read("max_replicas_per_node", deploy.max_replicas_per_node);
    where.read("preferences", deploy.spread, [](const Node& preference) {
      const Node* spread = preference.find("spread");
      return spread != nullptr ? spread->text() : std::string();
    });
  }
  return deploy;
}

Network decode_network(const std::string& key, const Node& bound) {
  const Fields fields(bound);
  Network network;
  network.key = key;
  network.position = bound.position();
  network.tree = bound;
  fields.read("name", network.name);
  fields.read("external", network.external);
  fields.read("driver", network.driver);
  fields.read("driver_opts", network.driver_opts);
  fields.read("internal", network.internal);
  fields.read("attachable", network.attachable);
  fields.read("labels", network.labels);
  fields.read("enable_ipv4", network.enable_ipv4);
  fields.read("enable_ipv6", network.enable_ipv6);
  if (const Node* ipam = bound.find("ipam")) {
    Fields(*ipam).read("driver", network.ipam_driver);
    Fields(*ipam).read("config", network.ipam_config, decode_pool);
  }
  return network;
}

Volume decode_volume(const std::string& key, const Node& bound) {
  const Fields fields(bound);
  Volume volume;
  volume.key = key;
  volume.position = bound.position();
  volume.tree = bound;
  fields.read("name", volume.name);
  fields.read("external", volume.external);
  fields.read("driver", volume.driver);
  fields.read("driver_opts", volume.driver_opts);
  fields.read("labels", volume.labels);
  return volume;
}

FileObject decode_file_object(const std::string& key, const Node& bound) {
  const Fields fields(bound);
  FileObject object;
  object.key = key;
  object.position = bound.position();
  object.tree = bound;
  fields.read("name", object.name);
  fields.read("external", object.external);
  fields.read("file", object.file);
  fields.read("environment", object.environment);
  fields.read("content", object.content);
  fields.read("driver", object.driver);
  fields.read("driver_opts", object.driver_opts);
  fields.read("template_driver", object.template_driver);
  fields.read("labels", object.labels);
  return object;
}

Model decode_model(const std::string& key, const Node& bound) {
  const Fields fields(bound);
  Model model;
  model.key = key;
  model.name = key;
  model.position = bound.position();
  model.tree = bound;
  fields.read("name", model.name);
  fields.read("model", model.model);
  fields.read("context_size", model.context_size);
  fields.read("runtime_flags", model.runtime_flags);
  return model;
}

}  // namespace berth::compose
