// What driver `vmwarevsphere` is asked for: its flags, and its record in docker-machine's form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/provider.h"
#include "machine/cloud/vim_api.h"

namespace berth::machine {

struct VsphereSettings {
  std::string vcenter;  // host, or URL
  std::int64_t port = 443;
  std::string username;
  std::string password;
  std::string ca_file;
  bool insecure = false;
  std::string source;                   // the template, by its path below the datacenter's folder of machines
  std::string datacenter;               // empty: the only one
  std::string folder;                   // below the datacenter's folder of machines; empty: that itself
  std::string datastore;                // empty: the template's
  std::string pool;                     // path below the datacenter's folder of hosts
  std::string host;                     // as pool: a cluster or a host
  std::vector<std::string> networks;    // empty: the template's
  std::vector<std::string> parameters;  // "key=value": extraConfig
  std::string cloud_init;               // file with cloud-init user data
  std::int64_t processors = 2;
  std::int64_t memory = 2048;      // MB
  std::int64_t disk_size = 20480;  // MB; a smaller disk of the template's grows

  // Throws kInvalid naming the option, kUnsupported for boot2docker.
  static VsphereSettings of(const DriverOptions& options, CloudSite& site);
  static VsphereSettings read(const boost::json::value& record, const CloudSite& site);
  void write(boost::json::object& record) const;

  // Throws what reading the CA's file throws.
  VimAccount account() const;
};

}  // namespace berth::machine
