// The network of local machines: a private bridge for each subnet, a pair of virtual cables for each machine, and NAT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/context.h"
#include "base/files.h"
#include "machine/subnet.h"

namespace berth::machine {

// What local machines share on this computer: who has which address, and the lock around the bridges. It lives in
// /run, so that it ends with the network devices that it describes.
inline const Path kLocalRun = "/run/berth";

// The programs' input and command lines, as values.
namespace local_network {

using Argv = std::vector<std::string>;

// 14 characters of the 15 that an interface's name may have: berth-0ad50000 for 10.213.0.0/16.
std::string bridge_name(const Subnet& subnet);
// The machine's cable end on the bridge; the other end is eth0 in the machine.
std::string port_name(std::string_view id);
// Input of `ip -batch -`.
std::string bridge_batch(const Subnet& subnet, int mtu);
std::string port_batch(const Subnet& subnet, std::string_view id, pid_t machine, int mtu);
// Tells the host the machine's hardware address.
Argv neighbour_command(const Subnet& subnet, std::string_view id, const std::string& address);

// iptables rules that let machines out, and the answers in again: the text after `-A`/`-I`/`-C`/`-D`.
struct Rule {
  std::string table;
  std::string chain;
  Argv match;
};
std::vector<Rule> rules(const Subnet& subnet);
// `action` is one of -C, -I, -D.
Argv rule_command(const Rule& rule, const std::string& action);

}  // namespace local_network

// One machine's place in the network. All calls need root, and exclude each other on this computer.
class LocalNetwork {
 public:
  // `owner` is the machine's folder, `id` 8 hexadecimal digits of its own.
  LocalNetwork(Path owner, std::string id, Subnet subnet)
      : owner_(std::move(owner)), id_(std::move(id)), subnet_(subnet) {}

  // An address that no other machine has: `wished` when that is free, else the lowest. Throws kConflict when the subnet
  // is full or used by another network of this computer.
  std::string claim(const Context& context, const std::string& wished) const;
  // Connects the namespace of process `machine` as its eth0, not yet with an address. Makes the bridge when it is the
  // first.
  void attach(const Context& context, pid_t machine) const;
  // Lets this computer know at once that the machine has the address (again): whoever asked for it in vain while the
  // machine was away would be refused for some seconds more ("no route to host"). Call when its eth0 is up.
  void introduce(const Context& context, const std::string& address) const;
  // Disconnects the machine; the bridge and its rules go with the last one. Does nothing where there is nothing.
  void detach(const Context& context) const;
  // Gives the address back; leaves nothing in /run when it was the last.
  void release(const Context& context) const;

 private:
  Path owner_;
  std::string id_;
  Subnet subnet_;
};

// The subnet's conflict with another network of this computer, such as "10.0.0.0/8 on tun0"; nothing when it is free or
// machines' already.
std::optional<std::string> subnet_conflict(const Subnet& subnet);

// Largest packet that the default route takes; 1500 when there is none.
int outside_mtu();

}  // namespace berth::machine
