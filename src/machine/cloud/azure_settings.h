// What driver `azure` is asked for: its flags, and its record in docker-machine's form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/provider.h"

namespace berth::machine {

struct AzureSettings {
  std::string environment;  // AzurePublicCloud, AzureChinaCloud, AzureUSGovernmentCloud
  std::string endpoint;     // of Resource Manager; empty: the environment's
  std::string subscription;
  std::string tenant;  // empty: found by the subscription
  std::string client;  // of a service principal
  std::string secret;
  std::string group;  // the user's resource group; empty: one of the machine's own
  std::string location;
  std::string size;
  std::string image;             // "publisher:offer:sku:version", or the id of an image
  std::string vnet;              // "[group:]name"
  std::string subnet;            // its name in the virtual network
  std::string subnet_prefix;     // of a new one
  std::string availability_set;  // empty: none
  std::string storage_type;      // of the disk: Standard_LRS, Premium_LRS, ...
  std::string private_address;   // empty: any
  std::string dns_label;
  std::string custom_data_file;
  std::vector<std::string> open_ports;
  std::int64_t engine_port = 2376;
  bool use_private = false;
  bool no_public = false;

  // Throws kInvalid naming the option.
  static AzureSettings of(const DriverOptions& options, CloudSite& site);
  static AzureSettings read(const boost::json::value& record);
  void write(boost::json::object& record) const;

  // Of Resource Manager and of the token endpoint's host. Throw kInvalid for an environment that is none.
  std::string api() const;
  std::string login() const;
};

}  // namespace berth::machine
