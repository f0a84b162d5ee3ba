// What driver `amazonec2` is asked for: its flags, and its record in docker-machine's form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "machine/cloud/provider.h"
#include "machine/cloud/signature_v4.h"

namespace berth::machine {

struct Ec2Settings {
  AwsCredentials credentials;  // as given; empty: AWS's own files
  std::string region;
  std::string zone;  // a letter: "a"
  std::string ami;   // empty: the newest Ubuntu LTS of the region
  std::string instance_type;
  std::string vpc;                       // empty: the account's default
  std::string subnet;                    // empty: the zone's default, or one of the VPC in the zone
  std::vector<std::string> group_names;  // the user's; empty: a group of the machine's own
  bool groups_read_only = false;
  std::vector<std::string> open_ports;  // "8080" or "8080/udp"
  std::string tags;                     // "key1,value1,key2,value2"
  std::string device_name;
  std::int64_t root_size = 0;  // GB
  std::string volume_type;
  std::string instance_profile;
  bool spot = false;
  std::string spot_price;
  bool private_only = false;
  bool use_private = false;
  bool monitoring = false;
  bool ebs_optimized = false;
  std::string key_name;  // at AWS; empty: the machine's own
  std::string endpoint;  // empty: AWS's for the region
  std::string user_data_file;

  // Throws kInvalid naming the option.
  static Ec2Settings of(const DriverOptions& options, CloudSite& site);
  static Ec2Settings read(const boost::json::value& record, CloudSite& site);
  void write(boost::json::object& record) const;

  ApiAddress address() const;
};

}  // namespace berth::machine
