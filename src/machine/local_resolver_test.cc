#include "machine/local_resolver.h"

#include <gtest/gtest.h>

namespace berth::machine {
namespace {

using Kind = ResolverChoice::Kind;

TEST(Resolver, TheHostsServersAreUsedAsTheyAreWhenMachinesCanReachThem) {
  EXPECT_EQ(choose_resolver({}, "nameserver 192.0.2.53\n", std::nullopt).kind, Kind::kHost);
}

TEST(Resolver, BehindAStubTheServersOfSystemdResolvedAreTaken) {
  const auto choice = choose_resolver({}, "nameserver 127.0.0.53\noptions edns0\n",
                                      "# managed\nnameserver 192.0.2.1\nsearch example.org\n");
  EXPECT_EQ(choice.kind, Kind::kOwn);
  EXPECT_EQ(choice.text, "nameserver 192.0.2.1\nsearch example.org\n");
}

TEST(Resolver, AServerOnLoopbackBesideOthersIsLeftOut) {
  const auto choice = choose_resolver({}, "search a.b\nnameserver 127.0.0.1\nnameserver 192.0.2.1\n", std::nullopt);
  EXPECT_EQ(choice.text, "search a.b\nnameserver 192.0.2.1\n");
}

TEST(Resolver, OnlyALoopbackServerIsNoServer) {
  EXPECT_EQ(choose_resolver({}, "nameserver 127.0.0.1\n", std::nullopt).kind, Kind::kNoServer);
  EXPECT_EQ(choose_resolver({}, "nameserver\t::1\n", "nameserver 127.0.0.1\n").kind, Kind::kNoServer);
}

TEST(Resolver, TheUsersServersWin) {
  const auto choice = choose_resolver({"9.9.9.9"}, "search a.b\nnameserver 192.0.2.53\n", std::nullopt);
  EXPECT_EQ(choice.text, "search a.b\nnameserver 9.9.9.9\n");
}

}  // namespace
}  // namespace berth::machine
