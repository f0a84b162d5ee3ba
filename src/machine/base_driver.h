// The part of a driver's record that all of docker-machine's drivers share.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

namespace berth::machine {

// Source: docker-machine libmachine/drivers/base.go.
struct BaseDriverRecord {
  std::string ip_address;
  std::string machine_name;
  std::string ssh_user;
  std::int64_t ssh_port = 0;
  std::string ssh_key_path;
  std::string store_path;
  bool swarm_master = false;
  std::string swarm_host;
  std::string swarm_discovery;
};

// The members, in docker-machine's order, to which a driver adds its own.
boost::json::object base_driver_json(const BaseDriverRecord& record);
BaseDriverRecord read_base_driver(const boost::json::value& record);

}  // namespace berth::machine
