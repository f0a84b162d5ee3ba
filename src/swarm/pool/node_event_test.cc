#include "swarm/pool/node_event.h"

#include <gtest/gtest.h>

namespace berth::swarm {
namespace {

using Concern = NodeEvent::Concern;

Concern concern(const std::string& type, const std::string& action, const std::string& attributes = "{}") {
  return parse_node_event(R"({"Type":")" + type + R"(","Action":")" + action + R"(","Actor":{"ID":"x","Attributes":)" +
                          attributes + R"(},"time":1700000000,"timeNano":1700000000000000001})")
      .concerns();
}

TEST(NodeEvent, SaysWhatMayHaveChanged) {
  EXPECT_EQ(concern("container", "start"), Concern::kContainer);
  EXPECT_EQ(concern("container", "health_status: healthy"), Concern::kContainer);
  EXPECT_EQ(concern("container", "die"), Concern::kContainerEnded);
  EXPECT_EQ(concern("container", "destroy"), Concern::kContainerGone);
  EXPECT_EQ(concern("container", "exec_create: sh -c true"), Concern::kNothing);
  EXPECT_EQ(concern("container", "top"), Concern::kNothing);
  EXPECT_EQ(concern("network", "connect", R"({"container":"c1"})"), Concern::kContainer);
  EXPECT_EQ(concern("network", "create"), Concern::kNetworks);
  EXPECT_EQ(concern("volume", "mount"), Concern::kNothing);
  EXPECT_EQ(concern("volume", "destroy"), Concern::kVolumes);
  EXPECT_EQ(concern("image", "tag"), Concern::kImages);
  EXPECT_EQ(concern("image", "push"), Concern::kNothing);
  EXPECT_EQ(concern("daemon", "reload"), Concern::kEngine);
  EXPECT_EQ(concern("of the future", "something"), Concern::kNothing);
}

TEST(NodeEvent, IsToldWithItsNodeAndElseAsItWasWritten) {
  Node node;
  node.info.id = "ID";
  node.info.name = "n1";
  node.ip = "10.0.0.1";
  node.address = "10.0.0.1:2376";
  const PoolEvent event = pool_event(
      parse_node_event(
          R"({"status":"die","Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{"exitCode":"1"}},"new":1.50,"timeNano":5})"),
      node);
  EXPECT_EQ(
      event.json,
      R"({"status":"die","Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{"node.addr":"10.0.0.1:2376","node.id":"ID","node.ip":"10.0.0.1","node.name":"n1","exitCode":"1"}},"new":1.50,"timeNano":5})");
  EXPECT_EQ(event.attributes.at("node.name"), "n1");
  EXPECT_EQ(event.attributes.at("exitCode"), "1");
}

}  // namespace
}  // namespace berth::swarm
