#include "swarm/placement/scheduler.h"

#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "swarm/placement/cluster_text_test.h"

namespace berth::swarm::placement {
namespace {

std::string place_text(std::string_view cluster, std::string_view body, const Options& options = {}) {
  return text_of(place(cluster_of(cluster), request_for(body), options));
}

std::string placed_text(std::string_view nodes, std::string_view body, int count, const Options& options = {}) {
  Cluster cluster = cluster_of(nodes);
  return placed(cluster, request_for(body), count, options);
}

const Options kBinpack{.strategy = Strategy::kBinpack};

TEST(Spread, TakesTheNodeWithTheFewestContainers) { EXPECT_EQ(placed_text("a : x y\nb\nc : z", "{}", 5), "b b c a b"); }

TEST(Spread, TakesTheLeastReservedNodeForWhatReserves) {
  EXPECT_EQ(placed_text("a cpus=4 : x,cpus=2\nb cpus=4 : u v w", "{'HostConfig':{'NanoCpus':1000000000}}", 4),
            "b b a b");
}

TEST(Spread, LooksAtSharesNotAtAmounts) {
  EXPECT_EQ(placed_text("small cpus=2\nbig cpus=8", "{'HostConfig':{'NanoCpus':1000000000}}", 6),
            "big big big small big big");
}

TEST(Binpack, FillsANodeBeforeTheNext) {
  EXPECT_EQ(placed_text("a cpus=2\nb cpus=2 : x,cpus=1", "{'HostConfig':{'NanoCpus':1000000000}}", 4, kBinpack),
            "b a a no resources available to schedule container\n[1 CPUs] rules out 2 of 2 nodes (resources)");
}

TEST(Binpack, GoesOnWhenTheSlotsAreTaken) {
  EXPECT_EQ(placed_text("a containerslots=2\nb", "{}", 4, kBinpack), "a a b b");
}

TEST(Random, IsTheSameForTheSameSeedAndReachesAllNodes) {
  const std::string_view nodes = "a\nb\nc\nd state=down";
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Options options{.strategy = Strategy::kRandom, .seed = seed};
    seen.insert(place_text(nodes, "{}", options));
    EXPECT_EQ(place_text(nodes, "{}", options), place_text(nodes, "{}", options));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
}

TEST(Filters, SickPausedAndDrainingNodesGetNothing) {
  const std::string_view nodes = "a state=down\nb state=pause\nc state=drain";
  EXPECT_EQ(place_text(nodes, "{}"),
            "No healthy node available in the cluster\n[active node] rules out 2 of 3 nodes (availability)\n"
            "[healthy node] rules out 1 of 3 nodes (health)");
  EXPECT_EQ(place_text("", "{}"), "No healthy node available in the cluster");
  EXPECT_EQ(place_text(nodes, "{}", {.filters = parse_filters({"port"})}), "a");
}

TEST(Filters, ConstraintsKnowLabelsNamesAndFacts) {
  const std::string_view nodes = "a disk=ssd zone=eu-1\nb disk=hdd zone=us-1 arch=aarch64\nc zone=eu-2 role=manager";
  const auto with = [&](const std::string& constraint) {
    return place_text(nodes, "{'Env':['constraint:" + constraint + "']}");
  };
  EXPECT_EQ(with("disk==hdd"), "b");
  EXPECT_EQ(with("disk!=ssd"), "b");
  EXPECT_EQ(with("disk!=*d"), "c");
  EXPECT_EQ(with("zone==us*"), "b");
  EXPECT_EQ(with("zone==/-2$/"), "c");
  EXPECT_EQ(with("node==c"), "c");
  EXPECT_EQ(with("node==ID-b"), "b");
  EXPECT_EQ(with("node!=a"), "b");
  EXPECT_EQ(with("node.role == manager"), "c");
  EXPECT_EQ(with("node.hostname == B"), "b");
  EXPECT_EQ(with("engine.labels.zone == eu-2"), "c");
  EXPECT_EQ(with("node.platform.arch==arm64"), "b");
  EXPECT_EQ(with("disk==~tape"), "a without disk==~tape");
  EXPECT_EQ(with("disk==tape"),
            "Unable to find a node that satisfies the following conditions\n"
            "[disk==tape] rules out 3 of 3 nodes (constraint)");
}

TEST(Filters, SoftExpressionsAreKeptInTheOrderInWhichTheyAreWritten) {
  EXPECT_EQ(place_text("a disk=ssd\nb zone=eu", "{'Env':['constraint:zone==~eu','constraint:disk==~ssd']}"),
            "b without disk==~ssd");
}

TEST(Filters, AffinityKnowsContainersImagesAndLabels) {
  const std::string_view nodes = "a image=redis:7 : web-1,label=tier:front\nb image=nginx:1 : db-1,label=tier:back\nc";
  const auto with = [&](const std::string& affinity) {
    return place_text(nodes, "{'Env':['affinity:" + affinity + "']}");
  };
  EXPECT_EQ(with("container==db-1"), "b");
  EXPECT_EQ(with("container==id-of-db-1"), "b");
  EXPECT_EQ(with("container!=web*"), "c");
  EXPECT_EQ(with("container==/^db/"), "b");
  EXPECT_EQ(with("image==nginx"), "b");
  EXPECT_EQ(with("image==redis:7"), "a");
  EXPECT_EQ(with("image!=/./"), "c");
  EXPECT_EQ(with("tier==back"), "b");
  EXPECT_EQ(with("tier!=back"), "c");
  EXPECT_EQ(with("container==~gone"), "c without container==~gone");
  EXPECT_EQ(with("container==gone"),
            "Unable to find a node that satisfies the following conditions\n"
            "[container==gone] rules out 3 of 3 nodes (affinity)");
}

TEST(Filters, AHostPortIsTakenOnceANode) {
  EXPECT_EQ(placed_text("a\nb", "{'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'80'}]}}}", 3),
            "a b Unable to find a node that satisfies the following conditions\n"
            "[port 80/tcp] rules out 2 of 2 nodes (port)");
  EXPECT_EQ(place_text("a : x,port=80\nb : y z", "{'HostConfig':{'PortBindings':{'80/udp':[{'HostPort':'80'}]}}}"),
            "a");
}

TEST(Filters, ARangeOfPortsHasRoomForAsManyAsItIsLong) {
  EXPECT_EQ(placed_text("a : x,port=81", "{'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'80-82'}]}}}", 3),
            "a a Unable to find a node that satisfies the following conditions\n"
            "[port 80-82/tcp] rules out 1 of 1 node (port)");
}

TEST(Filters, DependentContainersAreTogether) {
  const std::string_view nodes = "a : x y\nb : db\nc";
  EXPECT_EQ(place_text(nodes, "{'HostConfig':{'VolumesFrom':['db']}}"), "b");
  EXPECT_EQ(place_text(nodes, "{'HostConfig':{'NetworkMode':'container:x','Links':['db:d']}}"),
            "Unable to find a node that satisfies the following conditions\n"
            "[--link=db:d] rules out 2 of 3 nodes (dependency)\n"
            "[--net=container:x] rules out 2 of 3 nodes (dependency)");
}

TEST(Filters, ContainersOfOneNetworkOrVolumeAreTogether) {
  const std::string_view nodes = "a : x,net=front\nb : db,volume=data y\nc state=down : z,net=lost,volume=lost";
  EXPECT_EQ(place_text(nodes, "{'HostConfig':{'NetworkMode':'front'}}"), "a");
  EXPECT_EQ(place_text(nodes, "{'HostConfig':{'Binds':['data:/d']}}"), "b");
  EXPECT_EQ(place_text(nodes, "{'HostConfig':{'NetworkMode':'lost'}}"), "a");
  EXPECT_TRUE(place_text(nodes, "{'HostConfig':{'Binds':['lost:/d']}}").find("[volume lost] rules out 2") !=
              std::string::npos);
}

TEST(Filters, APlatformIsMetByTheEnginesNameForIt) {
  const Cluster cluster = cluster_of("a os=linux arch=x86_64\nb os=linux arch=aarch64");
  EXPECT_EQ(text_of(place(cluster, parse_request({"", "linux/arm64/v8", "{}"}))), "b");
  EXPECT_EQ(text_of(place(cluster, parse_request({"", "linux/amd64", "{}"}))), "a");
}

TEST(Filters, WhitelistsNameNodes) { EXPECT_EQ(place_text("a\nb\nc", "{'Env':['whitelist:node==c|b']}"), "b"); }

TEST(Filters, ReplicasPerNodeAreLimitedByGroup) {
  const std::string_view body = "{'Image':'redis','Labels':{'com.docker.swarm.max-replicas-per-node':'1'}}";
  EXPECT_EQ(placed_text("a\nb : x y z\nc : u@redis", body, 3),
            "a b Unable to find a node that satisfies the following conditions\n"
            "[at most 1 of 'redis' on a node] rules out 3 of 3 nodes (maxreplicas)");
}

TEST(Filters, GenericResourcesAreReservedToo) {
  const Request request = request_for(R"({"Labels":{"com.docker.swarm.generic-resources":"{\"gpu\":1}"}})");
  Cluster cluster = cluster_of("a\nb gpu=1 : x y");
  EXPECT_EQ(placed(cluster, request, 2),
            "b no resources available to schedule container\n[1 of 'gpu'] rules out 2 of 2 nodes (resources)");
}

TEST(Filters, ImageLocalityIsWishedForOnlyWhenChosen) {
  const std::string_view nodes = "a\nb image=redis:latest : x\nc : y";
  EXPECT_EQ(place_text(nodes, "{'Image':'redis'}"), "a");
  Options options;
  options.filters.add(FilterId::kImageLocality);
  EXPECT_EQ(place_text(nodes, "{'Image':'redis'}", options), "b");
  EXPECT_EQ(place_text(nodes, "{'Image':'nginx'}", options), "a without image nginx present");
}

TEST(Filters, MutualAntiAffinityHolds) {
  EXPECT_EQ(placed_text("a : u v\nb\nc", "{'Env':['affinity:container!=new*']}", 4),
            "b c a Unable to find a node that satisfies the following conditions\n"
            "[container!=new*] rules out 3 of 3 nodes (affinity)");
}

TEST(Preferences, SpreadAGroupOverZonesThenRacks) {
  const std::string_view body =
      R"({"Image":"redis","Labels":{"com.docker.swarm.preferences":"[\"spread=engine.labels.zone\",\"spread=engine.labels.rack\"]"}})";
  EXPECT_EQ(placed_text("a1 zone=a rack=1\na2 zone=a rack=2\na3 zone=a rack=2\nb1 zone=b rack=1 : x y z", body, 6),
            "a1 b1 a2 b1 a3 b1");
}

TEST(Preferences, ANodeWithoutTheLabelIsABranchOfItsOwn) {
  const std::string_view body =
      R"({"Image":"redis","Labels":{"com.docker.swarm.preferences":"[\"spread=engine.labels.zone\"]"}})";
  EXPECT_EQ(placed_text("a zone=a\nb zone=a\nc : x y z", body, 3), "a c b");
}

TEST(Options, NamesAreThoseOfClassicSwarm) {
  EXPECT_EQ(parse_strategy("binpacking"), Strategy::kBinpack);
  EXPECT_THROW(parse_strategy("even"), Error);
  try {
    parse_filters({"health", "ports"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(),
              "filter 'ports' is not known, did you mean 'port'? (there are: health, port, containerslots, dependency, "
              "affinity, constraint, whitelist, platform, maxreplicas, network, volume, imagelocality)");
  }
}

TEST(Decision, SaysWhy) {
  const Cluster cluster = cluster_of("a : x");
  const Placement placement = place(cluster, request_for("{'Env':['constraint:zone==~eu']}"));
  EXPECT_EQ(std::get<Decision>(placement).why(), "spread: 'a' has 1 container; gave up zone==~eu");
}

TEST(Cluster, APendingContainerBecomesTheRealOne) {
  Cluster cluster = cluster_of("a\nb");
  cluster.set_container(container_of(request_for("{}", "web"), NodeId("ID-a"), ContainerId("pending")));
  EXPECT_TRUE(cluster.name_taken("web"));
  EXPECT_TRUE(cluster.promote_container(ContainerId("pending"), ContainerId("0123456789abcdef")));
  EXPECT_FALSE(cluster.find_container(ContainerId("pending")));
  EXPECT_FALSE(cluster.find_container(ContainerId("0123456789abcdef"))->pending);
  EXPECT_EQ(text_of(place(cluster, request_for("{'Env':['affinity:container==0123456789ab']}"))), "a");
  EXPECT_TRUE(cluster.remove_container(ContainerId("0123456789abcdef")));
  EXPECT_FALSE(cluster.name_taken("web"));
}

TEST(Cluster, KeepsFactsOfContainersThroughInterning) {
  Container container;
  container.id = ContainerId("c");
  container.name = "web";
  container.node = NodeId("ID-a");
  container.running = true;
  container.reservation = {5, Bytes(6), {{"gpu", 1}}};
  container.image = "redis";
  container.labels = {{"a", "b"}};
  container.ports = {{Protocol::kUdp, "::1", 5, 6}};
  container.volumes = {"data"};
  container.networks = {"front"};
  container.shares = {"db"};
  Cluster cluster = cluster_of("a");
  cluster.set_container(container);
  EXPECT_EQ(cluster.find_container(container.id), container);
  EXPECT_EQ(cluster.clone().containers_of(NodeId("ID-a")), std::vector<Container>{container});
  EXPECT_EQ(cluster.usage(NodeId("ID-a"))->reserved, container.reservation);
  cluster.remove_container(container.id);
  EXPECT_EQ(cluster.usage(NodeId("ID-a"))->containers, 0U);
}

}  // namespace
}  // namespace berth::swarm::placement
