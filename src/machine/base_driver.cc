#include "machine/base_driver.h"

#include "base/json.h"

namespace berth::machine {

json::object base_driver_json(const BaseDriverRecord& r) {
  return {{"IPAddress", r.ip_address},     {"MachineName", r.machine_name}, {"SSHUser", r.ssh_user},
          {"SSHPort", r.ssh_port},         {"SSHKeyPath", r.ssh_key_path},  {"StorePath", r.store_path},
          {"SwarmMaster", r.swarm_master}, {"SwarmHost", r.swarm_host},     {"SwarmDiscovery", r.swarm_discovery}};
}

BaseDriverRecord read_base_driver(const json::value& v) {
  return {.ip_address = text_of(v, "IPAddress"),
          .machine_name = text_of(v, "MachineName"),
          .ssh_user = text_of(v, "SSHUser"),
          .ssh_port = integer_of(v, "SSHPort"),
          .ssh_key_path = text_of(v, "SSHKeyPath"),
          .store_path = text_of(v, "StorePath"),
          .swarm_master = flag_of(v, "SwarmMaster"),
          .swarm_host = text_of(v, "SwarmHost"),
          .swarm_discovery = text_of(v, "SwarmDiscovery")};
}

}  // namespace berth::machine
