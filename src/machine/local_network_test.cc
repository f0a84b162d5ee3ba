#include "machine/local_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace berth::machine {
namespace {

using namespace local_network;

TEST(LocalNetwork, TheBridgeIsNamedAfterItsSubnet) {
  EXPECT_EQ(bridge_name(Subnet::parse("10.213.0.0/16")), "berth-0ad50000");
  EXPECT_EQ(bridge_name(Subnet::parse("192.168.213.0/24")), "berth-c0a8d500");
}

TEST(LocalNetwork, InterfaceNamesFitTheKernelsFifteenCharacters) {
  EXPECT_LE(bridge_name(Subnet::parse("255.255.255.0/24")).size(), 15U);
  EXPECT_LE(port_name("0123abcd").size(), 15U);
}

TEST(LocalNetwork, TheBridgeHasTheGatewaysAddress) {
  EXPECT_EQ(bridge_batch(Subnet::parse("10.213.0.0/16"), 1400),
            "link add berth-0ad50000 address 02:62:0a:d5:00:00 mtu 1400 type bridge\n"
            "addr add 10.213.0.1/16 dev berth-0ad50000\n"
            "link set berth-0ad50000 up\n");
}

TEST(LocalNetwork, AMachineIsPluggedInByItsProcess) {
  EXPECT_EQ(port_batch(Subnet::parse("10.213.0.0/16"), "0123abcd", 4711, 1500),
            "link add bport0123abcd mtu 1500 type veth peer name eth0 address 02:42:01:23:ab:cd mtu 1500 netns 4711\n"
            "link set bport0123abcd master berth-0ad50000 up\n");
}

TEST(LocalNetwork, TheHostIsToldWhereAMachineIs) {
  EXPECT_EQ(join(neighbour_command(Subnet::parse("10.213.0.0/16"), "0123abcd", "10.213.0.2"), " "),
            "ip neigh replace 10.213.0.2 lladdr 02:42:01:23:ab:cd dev berth-0ad50000 nud reachable");
}

TEST(LocalNetwork, MachinesGetOutAndOnlyAnswersGetIn) {
  std::string lines;
  for (const Rule& rule : rules(Subnet::parse("10.213.0.0/16"))) lines += join(rule_command(rule, "-I"), " ") + "\n";
  EXPECT_EQ(lines,
            "iptables -w -t nat -I POSTROUTING -s 10.213.0.0/16 ! -o berth-0ad50000 -j MASQUERADE\n"
            "iptables -w -t filter -I FORWARD -i berth-0ad50000 -j ACCEPT\n"
            "iptables -w -t filter -I FORWARD -o berth-0ad50000 -m conntrack --ctstate RELATED,ESTABLISHED "
            "-j ACCEPT\n");
}

}  // namespace
}  // namespace berth::machine
