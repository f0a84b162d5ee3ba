// Members of the network structs, for codec.h; containers have endpoints too.
#pragma once

#include "engine/codec.h"
#include "engine/networks.h"

namespace berth::engine {

template <typename Visit>
void fields(Visit& visit, Is<EndpointIPAMConfig> auto& x) {
  visit("IPv4Address", x.ipv4_address);
  visit("IPv6Address", x.ipv6_address);
  visit("LinkLocalIPs", x.link_local_ips);
}

template <typename Visit>
void fields(Visit& visit, Is<EndpointSettings> auto& x) {
  visit("IPAMConfig", x.ipam_config);
  visit("Links", x.links);
  visit("Aliases", x.aliases);
  visit("DriverOpts", x.driver_opts);
  visit("GwPriority", x.gw_priority);
  visit("MacAddress", x.mac_address);
  visit("NetworkID", x.network_id);
  visit("EndpointID", x.endpoint_id);
  visit("Gateway", x.gateway);
  visit("IPAddress", x.ip_address);
  visit("IPPrefixLen", x.ip_prefix_len);
  visit("IPv6Gateway", x.ipv6_gateway);
  visit("GlobalIPv6Address", x.global_ipv6_address);
  visit("GlobalIPv6PrefixLen", x.global_ipv6_prefix_len);
  visit("DNSNames", x.dns_names);
}

template <typename Visit>
void fields(Visit& visit, Is<IPAMConfig> auto& x) {
  visit("Subnet", x.subnet);
  visit("IPRange", x.ip_range);
  visit("Gateway", x.gateway);
  // Its name in Go's JSON; some engines' documentation says AuxAddress.
  visit("AuxiliaryAddresses", x.auxiliary_addresses);
}

template <typename Visit>
void fields(Visit& visit, Is<IPAM> auto& x) {
  visit("Driver", x.driver);
  visit("Config", x.config);
  visit("Options", x.options);
}

template <typename Visit>
void fields(Visit& visit, Is<NetworkCreate> auto& x) {
  visit("Name", x.name);
  visit("Driver", x.driver);
  visit("Scope", x.scope);
  visit("EnableIPv4", x.enable_ipv4);
  visit("EnableIPv6", x.enable_ipv6);
  visit("IPAM", x.ipam);
  visit("Internal", x.internal);
  visit("Attachable", x.attachable);
  visit("Ingress", x.ingress);
  visit("ConfigOnly", x.config_only);
  visit.nest("ConfigFrom", [&](auto& inner) { inner("Network", x.config_from); });
  visit("Options", x.options);
  visit("Labels", x.labels);
}

template <typename Visit>
void fields(Visit& visit, Is<NetworkContainer> auto& x) {
  visit("Name", x.name);
  visit("EndpointID", x.endpoint_id);
  visit("MacAddress", x.mac_address);
  visit("IPv4Address", x.ipv4_address);
  visit("IPv6Address", x.ipv6_address);
}

template <typename Visit>
void fields(Visit& visit, Is<Network> auto& x) {
  visit("Id", x.id);
  visit("Name", x.name);
  visit("Created", x.created);
  visit("Scope", x.scope);
  visit("Driver", x.driver);
  visit.always("EnableIPv4", x.enable_ipv4);
  visit("EnableIPv6", x.enable_ipv6);
  visit("IPAM", x.ipam);
  visit("Internal", x.internal);
  visit("Attachable", x.attachable);
  visit("Ingress", x.ingress);
  visit("ConfigOnly", x.config_only);
  visit.nest("ConfigFrom", [&](auto& inner) { inner("Network", x.config_from); });
  visit("Options", x.options);
  visit("Labels", x.labels);
  visit("Containers", x.containers);
}

template <typename Visit>
void fields(Visit& visit, Is<NetworkCreated> auto& x) {
  visit("Id", x.id);
  visit("Warning", x.warning);
}

template <typename Visit>
void fields(Visit& visit, Is<NetworksPruned> auto& x) {
  visit("NetworksDeleted", x.networks_deleted);
}

}  // namespace berth::engine
