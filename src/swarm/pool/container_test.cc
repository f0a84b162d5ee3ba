#include "swarm/pool/container.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/error.h"
#include "swarm/pool/status_text.h"

namespace berth::swarm {
namespace {

using namespace std::chrono_literals;

const engine::Time kNow{std::chrono::seconds(1'800'000'000)};

std::string later(std::string_view status, std::chrono::seconds passed) {
  return StatusText(status, kNow).at(kNow + passed);
}

TEST(StatusText, GrowsOlderAsTimePasses) {
  EXPECT_EQ(later("Up Less than a second", 0s), "Up Less than a second");
  EXPECT_EQ(later("Up 5 seconds", 60s), "Up About a minute");
  EXPECT_EQ(later("Up 5 minutes (healthy)", 10min), "Up 15 minutes (healthy)");
  EXPECT_EQ(later("Up 2 hours (Paused)", 24h), "Up 26 hours (Paused)");
  EXPECT_EQ(later("Exited (137) 3 seconds ago", 2h), "Exited (137) 2 hours ago");
  EXPECT_EQ(later("Restarting (1) 1 second ago", 10s), "Restarting (1) 11 seconds ago");
}

TEST(StatusText, StaysAsItIsInTheMomentItIsSaid) {
  for (const char* text : {"Up 1 second", "Up 30 seconds", "Up About a minute", "Up 7 minutes", "Up About an hour",
                           "Up 3 hours", "Up 5 days", "Up 3 weeks", "Up 4 months", "Up 3 years"}) {
    EXPECT_EQ(later(text, 0s), text);
  }
}

TEST(StatusText, LeavesWhatTellsNoTime) {
  for (const char* text : {"Created", "Dead", "Removal In Progress", "", "Up quite long"}) {
    EXPECT_EQ(later(text, 48h), text);
  }
}

std::string told(std::string json, std::chrono::seconds passed, const std::string& ip = "") {
  Node node;
  node.info.name = "node-1";
  node.ip = ip;
  std::string text;
  Container(NodeNumber{1}, std::move(json), kNow).append_to(text, node, kNow + passed);
  return text;
}

constexpr char kPublished[] =
    R"({"Id":"c1","Ports":[{"IP":"0.0.0.0","PublicPort":80},{"IP":"127.0.0.1","PublicPort":81},{"IP":"::"}],"Names":["/web"],"Labels":{"IP":"0.0.0.0"}})";

TEST(Container, SaysAtWhichAddressItsPortsArePublished) {
  EXPECT_EQ(
      told(kPublished, 0s, "10.0.0.7"),
      R"({"Id":"c1","Ports":[{"IP":"10.0.0.7","PublicPort":80},{"IP":"127.0.0.1","PublicPort":81},{"IP":"::"}],"Names":["/web","/node-1/web"],"Labels":{"IP":"0.0.0.0"}})");
}

TEST(Container, PublishesOnAllAddressesOfANodeKnownByName) {
  EXPECT_EQ(told(kPublished, 0s, "host.example").find("host.example"), std::string::npos);
}

TEST(Container, IsToldAsItsEngineToldItButForNamesAndStatus) {
  EXPECT_EQ(
      told(R"({"Id":"c1","Names":["/web"],"Unknown":[1.50,{"a":null}],"State":"running","Status":"Up 5 minutes"})",
           5min),
      R"({"Id":"c1","Names":["/web","/node-1/web"],"Unknown":[1.50,{"a":null}],"State":"running","Status":"Up 10 minutes"})");
}

TEST(Container, TakesItsOwnNameFromAmongLinks) {
  const Container container(NodeNumber{0}, R"({"Id":"c1","Names":["/app/db","/db"],"State":"exited"})", kNow);
  EXPECT_EQ(container.name(), "db");
  EXPECT_FALSE(container.running());
}

TEST(Container, WithoutANameIsToldAsItCame) {
  EXPECT_EQ(told(R"({"Id":"c1","Names":null,"State":"removing","Status":"Removal In Progress"})", 1h),
            R"({"Id":"c1","Names":null,"State":"removing","Status":"Removal In Progress"})");
}

TEST(Container, WithoutAnIdIsRefused) { EXPECT_THROW(Container(NodeNumber{0}, R"({"Names":["/x"]})", kNow), Error); }

}  // namespace
}  // namespace berth::swarm
