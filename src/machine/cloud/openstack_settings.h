// What driver `openstack` is asked for: its flags, and its record in docker-machine's form.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/provider.h"

namespace berth::machine {

struct OpenStackSettings {
  // Who asks: a user with a password in a project (which OpenStack once called tenant), or an application credential.
  std::string auth_url;
  std::string domain_id;
  std::string domain_name;
  std::string username;
  std::string password;
  std::string tenant_name;
  std::string tenant_id;
  std::string credential_id;
  std::string credential_name;
  std::string credential_secret;
  // Which of the cloud's endpoints.
  std::string region;
  std::string endpoint_type;  // publicURL, internalURL or adminURL
  std::string ca_file;
  bool insecure = false;
  // The server.
  std::string zone;
  std::string flavor_name;
  std::string flavor_id;
  std::string image_name;
  std::string image_id;
  std::string network_name;
  std::string network_id;
  std::string floating_pool;  // name or id of the network that floating addresses come from; empty: none is wanted
  std::string metadata;       // "key1,value1,key2,value2"
  std::string key_pair;       // at Nova; empty: the machine's own
  std::vector<std::string> security_groups;
  std::string user_data;  // the bytes
  bool config_drive = false;
  bool volume = false;  // boots from a volume made of the image
  std::int64_t volume_size = 0;
  std::int64_t ip_version = 4;
  std::int64_t active_timeout = 0;  // seconds

  // Throws kInvalid naming the option, kUnsupported for nova-network.
  static OpenStackSettings of(const DriverOptions& options, CloudSite& site);
  static OpenStackSettings read(const boost::json::value& record, CloudSite& site);
  void write(boost::json::object& record) const;

  // "public", "internal" or "admin", as Keystone's catalog has it.
  std::string interface() const;
  // Of Keystone v3, whether or not the URL says so. Throws kUnsupported for v2.0.
  ApiAddress identity() const;
};

}  // namespace berth::machine
