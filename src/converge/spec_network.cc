#include "converge/spec_parts.h"

namespace berth::converge {

// A container with neither a network mode nor networks of its own joins the project's default network.
std::vector<std::string> networks_to_join(const compose::Project& project, const compose::Service& service) {
  if (!service.network_mode.empty() || project.networks.empty()) return {};
  if (service.networks.empty()) return {"default"};
  return service.networks_by_priority();
}

namespace {

const std::string& name_on_engine(const compose::Project& project, const std::string& key) {
  const auto network = project.networks.find(key);
  return network == project.networks.end() ? key : network->second.name;
}

}  // namespace

engine::EndpointSettings endpoint_spec(const compose::Service& service, std::string_view network_key,
                                       const SpecOptions& options) {
  engine::EndpointSettings endpoint;
  endpoint.links = options.links;
  endpoint.aliases = {options.name};
  if (options.use_aliases) endpoint.aliases.push_back(service.name);
  const auto found = service.networks.find(network_key);
  if (found == service.networks.end()) return endpoint;
  const compose::Attachment& attachment = found->second;
  if (options.use_aliases) {
    endpoint.aliases.insert(endpoint.aliases.end(), attachment.aliases.begin(), attachment.aliases.end());
  }
  if (!attachment.ipv4_address.empty() || !attachment.ipv6_address.empty() || !attachment.link_local_ips.empty()) {
    endpoint.ipam_config = engine::EndpointIPAMConfig{.ipv4_address = attachment.ipv4_address,
                                                      .ipv6_address = attachment.ipv6_address,
                                                      .link_local_ips = attachment.link_local_ips};
  }
  endpoint.mac_address = attachment.mac_address;
  endpoint.driver_opts = attachment.driver_opts;
  if (!attachment.interface_name.empty()) {
    endpoint.driver_opts.emplace("com.docker.network.endpoint.ifname", attachment.interface_name);
  }
  endpoint.gw_priority = attachment.gateway_priority;
  return endpoint;
}

NetworkSpec network_spec(const compose::Project& project, const compose::Service& service, const SpecOptions& options) {
  if (!service.network_mode.empty()) return {.mode = service.network_mode, .networks = {}};
  const std::vector<std::string> keys = networks_to_join(project, service);
  if (keys.empty()) return {.mode = "none", .networks = {}};
  NetworkSpec spec;
  spec.mode = name_on_engine(project, keys.front());
  const bool all = engine::supports(options.api_version, engine::Feature::kManyEndpoints);
  for (std::size_t i = 0; i < (all ? keys.size() : 1); ++i) {
    engine::EndpointSettings endpoint = endpoint_spec(service, keys[i], options);
    if (i == 0 && endpoint.mac_address.empty()) endpoint.mac_address = service.mac_address;
    spec.networks.endpoints_config[name_on_engine(project, keys[i])] = std::move(endpoint);
  }
  return spec;
}

std::vector<std::pair<std::string, engine::EndpointSettings>> later_networks(const compose::Project& project,
                                                                             const compose::Service& service,
                                                                             const SpecOptions& options) {
  std::vector<std::pair<std::string, engine::EndpointSettings>> later;
  if (engine::supports(options.api_version, engine::Feature::kManyEndpoints)) return later;
  const std::vector<std::string> keys = networks_to_join(project, service);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    later.emplace_back(name_on_engine(project, keys[i]), endpoint_spec(service, keys[i], options));
  }
  return later;
}

}  // namespace berth::converge
