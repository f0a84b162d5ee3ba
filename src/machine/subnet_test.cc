#include "machine/subnet.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::machine {
namespace {

std::string refusal(std::string_view text) {
  try {
    Subnet::parse(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

TEST(Subnet, KeepsTheFirstAddressForTheGatewayAndTheLastForBroadcast) {
  const Subnet subnet = Subnet::parse("10.213.0.0/16");
  EXPECT_EQ(subnet.gateway(), "10.213.0.1");
  EXPECT_EQ(address_text(subnet.first_host()), "10.213.0.2");
  EXPECT_EQ(address_text(subnet.last_host()), "10.213.255.254");
}

TEST(Subnet, SaysWhatWouldBeRight) {
  EXPECT_EQ(refusal("10.213.0.7/16"), "'10.213.0.7/16' is an address in a subnet: did you mean 10.213.0.0/16?");
  EXPECT_EQ(refusal("10.213.0.0"), "'10.213.0.0' is not an IPv4 subnet: write it like 10.213.0.0/16");
  EXPECT_EQ(refusal("10.213.0.0/x"), "'10.213.0.0/x' is not an IPv4 subnet: write it like 10.213.0.0/16");
  EXPECT_EQ(refusal("fd00::/64"), "'fd00::/64' is not an IPv4 subnet: write it like 10.213.0.0/16");
  EXPECT_EQ(refusal("10.213.0.0/30"), "subnet '10.213.0.0/30' does not suit machines: take one from /8 to /28");
}

constexpr std::string_view kRoutes =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "tun0\t0000D60A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    "berth-0ad50000\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";

TEST(Routes, OneThatOverlapsIsNamed) {
  EXPECT_EQ(route_in_the_way(kRoutes, Subnet::parse("10.214.7.0/24"), "x"), "10.214.0.0/16 on tun0");
  EXPECT_EQ(route_in_the_way(kRoutes, Subnet::parse("10.0.0.0/8"), "x"), "10.214.0.0/16 on tun0");
  EXPECT_EQ(route_in_the_way(kRoutes, Subnet::parse("192.0.2.0/28"), "x"), "192.0.2.0/24 on eth0");
}

TEST(Routes, TheDefaultRouteAndOurOwnAreNotInTheWay) {
  EXPECT_EQ(route_in_the_way(kRoutes, Subnet::parse("10.213.0.0/16"), "berth-0ad50000"), std::nullopt);
  EXPECT_EQ(route_in_the_way(kRoutes, Subnet::parse("10.215.0.0/16"), "x"), std::nullopt);
}

TEST(Routes, TheDefaultInterfaceIsFound) {
  EXPECT_EQ(default_interface(kRoutes), "eth0");
  EXPECT_EQ(default_interface(""), std::nullopt);
}

}  // namespace
}  // namespace berth::machine
