// Networks, and a container's end of them.
#pragma once

#include <string>
#include <vector>

#include "engine/types.h"

namespace berth::engine {

struct EndpointIPAMConfig {
  std::string ipv4_address;
  std::string ipv6_address;
  std::vector<std::string> link_local_ips;
  bool operator==(const EndpointIPAMConfig&) const = default;
};

// A container's end of a network. What is asked for comes first; the rest is what the engine tells.
struct EndpointSettings {
  std::optional<EndpointIPAMConfig> ipam_config;
  std::vector<std::string> links;
  std::vector<std::string> aliases;
  StringMap driver_opts;
  std::int64_t gw_priority = 0;  // API 1.48
  std::string mac_address;

  NetworkId network_id;
  std::string endpoint_id;
  std::string gateway;
  std::string ip_address;
  std::int64_t ip_prefix_len = 0;
  std::string ipv6_gateway;
  std::string global_ipv6_address;
  std::int64_t global_ipv6_prefix_len = 0;
  std::vector<std::string> dns_names;  // API 1.44
  bool operator==(const EndpointSettings&) const = default;
};

struct IPAMConfig {
  std::string subnet;
  std::string ip_range;
  std::string gateway;
  StringMap auxiliary_addresses;
  bool operator==(const IPAMConfig&) const = default;
};

struct IPAM {
  std::string driver;
  std::vector<IPAMConfig> config;
  StringMap options;
  bool operator==(const IPAM&) const = default;
};

// Body of network create.
struct NetworkCreate {
  std::string name;
  std::string driver;
  std::string scope;
  std::optional<bool> enable_ipv4;  // API 1.48; false is refused on older ones
  std::optional<bool> enable_ipv6;
  std::optional<IPAM> ipam;
  bool internal = false;
  bool attachable = false;
  bool ingress = false;
  bool config_only = false;
  std::string config_from;  // name of a config-only network
  StringMap options;
  StringMap labels;
  bool operator==(const NetworkCreate&) const = default;
};

// A container of a network, as network inspect shows it.
struct NetworkContainer {
  std::string name;
  std::string endpoint_id;
  std::string mac_address;
  std::string ipv4_address;  // with prefix: "172.18.0.2/16"
  std::string ipv6_address;
  bool operator==(const NetworkContainer&) const = default;
};

// What network list and inspect answer; only inspect fills in `containers`.
struct Network {
  NetworkId id;
  std::string name;
  std::optional<Time> created;
  std::string scope;
  std::string driver;
  bool enable_ipv4 = true;
  bool enable_ipv6 = false;
  IPAM ipam;
  bool internal = false;
  bool attachable = false;
  bool ingress = false;
  bool config_only = false;
  std::string config_from;
  StringMap options;
  StringMap labels;
  std::map<std::string, NetworkContainer> containers;  // by container id
  bool operator==(const Network&) const = default;
};

struct NetworkCreated {
  NetworkId id;
  std::string warning;
};

struct NetworksPruned {
  std::vector<std::string> networks_deleted;  // names
};

}  // namespace berth::engine
