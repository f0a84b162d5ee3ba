// What driver `google` is asked for: its flags, and its record in docker-machine's form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/provider.h"

namespace berth::machine {

struct GoogleSettings {
  std::string project;
  std::string zone;
  std::string machine_type;
  std::string image;  // "PROJECT/global/images/NAME" or ".../images/family/NAME"
  std::string disk_type;
  std::int64_t disk_size = 0;  // GB
  std::string address;         // a reserved address or its name; empty: any
  std::string network;
  std::string subnetwork;
  std::string service_account;
  std::string scopes;  // comma-separated
  std::string tags;    // comma-separated
  std::vector<std::string> open_ports;
  std::string user_data_file;
  std::string endpoint;
  bool preemptible = false;
  bool internal = false;       // the machine is reached by its internal address
  bool internal_only = false;  // it has no other
  bool existing = false;       // of docker-machine's records: the instance is the user's

  // Throws kInvalid naming the option, kUnsupported for --google-use-existing.
  static GoogleSettings of(const DriverOptions& options, CloudSite& site);
  static GoogleSettings read(const boost::json::value& record);
  void write(boost::json::object& record) const;

  // "us-central1" of zone "us-central1-a".
  std::string region() const { return zone.substr(0, zone.rfind('-')); }
};

}  // namespace berth::machine
