#include "swarm/placement/request.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "converge/labels.h"
#include "swarm/placement/cluster_text_test.h"

namespace berth::swarm::placement {
namespace {

// The body that goes on, with apostrophes for quotation marks.
std::string sent(std::string_view body) { return replace_all(request_for(body).body, "\"", "'"); }

std::string refusal(std::string_view body) {
  try {
    request_for(body);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kInvalid);
    return e.message();
  }
  return "accepted";
}

std::string texts_of(const std::vector<Expression>& expressions) {
  std::string text;
  for (const Expression& expression : expressions) text += "<" + expression.text + ">";
  return text;
}

TEST(Request, ABodyWithoutWordsForTheSchedulerPassesByteForByte) {
  const std::string_view body =
      "{ 'Image' : 'redis' ,\n'Unknown':{'x':[1, 2.50,\t1e3]}, 'Env':['A=constraint:b', 'C'] }";
  EXPECT_EQ(sent(body), body);
}

TEST(Request, EnvOfTheSchedulerGoesIntoLabelsAsClassicSwarmHasThem) {
  EXPECT_EQ(sent("{'Image':'redis','Env':['A=1','constraint:storage==ssd','affinity:container!=web*',"
                 "'reschedule:on-node-failure', 'B=2'],'Labels':{'x':'y'},'Tty':true}"),
            "{'Image':'redis','Env':['A=1','B=2'],'Labels':{'x':'y',"
            "'com.docker.swarm.affinities':'[\\'container!=web*\\']',"
            "'com.docker.swarm.constraints':'[\\'storage==ssd\\']',"
            "'com.docker.swarm.reschedule-policies':'[\\'on-node-failure\\']'},'Tty':true}");
}

TEST(Request, LabelsAreMadeWhereThereAreNone) {
  EXPECT_EQ(sent("{'Env':['constraint:a1==b']}"),
            "{'Env':[],'Labels':{'com.docker.swarm.constraints':'[\\'a1==b\\']'}}");
  EXPECT_EQ(sent("{'Labels':null,'Env':['constraint:a1==b']}"),
            "{'Labels':{'com.docker.swarm.constraints':'[\\'a1==b\\']'},'Env':[]}");
}

TEST(Request, ExpressionsOfLabelAndEnvAddUp) {
  const Request request = request_for(R"({"Env":["constraint:zone==~eu*"],
      "Labels":{"com.docker.swarm.constraints":"[\"node.labels.disk == ssd\"]"}})");
  EXPECT_EQ(texts_of(request.constraints), "<node.labels.disk == ssd><zone==~eu*>");
  EXPECT_EQ(request.constraints[0].key, "node.labels.disk");
  EXPECT_TRUE(request.constraints[1].soft);
  EXPECT_EQ(request.labels.at(label::kConstraints), R"(["node.labels.disk == ssd","zone==~eu*"])");
}

TEST(Request, WhatAContainerReservesIsReadAndKeptInALabel) {
  const Request request = request_for("{'HostConfig':{'NanoCpus':500000000,'Memory':67108864}}");
  EXPECT_EQ(request.reservation, (Resources{500'000'000, Bytes(64 << 20), {}}));
  EXPECT_EQ(request.labels.at(label::kReservation), R"({"nano_cpus":500000000,"memory":67108864})");
  EXPECT_EQ(reservation_of(request.labels), request.reservation);
  EXPECT_EQ(request_for("{'HostConfig':{'CpuQuota':50000,'Memory':9,'MemoryReservation':5}}").reservation,
            (Resources{500'000'000, Bytes(5), {}}));
  EXPECT_EQ(
      request_for(R"({"Labels":{"com.docker.swarm.generic-resources":"{\"gpu\":2}"}})").reservation.generic.at("gpu"),
      2);
}

TEST(Request, CpuSharesReserveOnlyWhereAskedAndBecomeAWeight) {
  const std::string_view body = R"({"HostConfig":{"CpuShares":2}})";
  EXPECT_EQ(parse_request({"a", "", body}).reservation, Resources());
  const Request request = parse_request({"a", "", body}, {.cpu_shares_reserve = true});
  EXPECT_EQ(request.reservation.nano_cpus, 2'000'000'000);
  EXPECT_TRUE(body_for(request, 8).starts_with(R"({"HostConfig":{"CpuShares":256})"));
}

TEST(Request, HostPortsAreReadWithProtocolAddressAndRange) {
  const Request request = request_for(
      "{'HostConfig':{'PortBindings':{'80/tcp':[{'HostIp':'0.0.0.0','HostPort':'8080'},{'HostPort':''}],"
      "'53/udp':[{'HostIp':'127.0.0.1','HostPort':'53-60'}],'1/tcp':[{'HostPort':'0'}]}}}");
  std::string ports;
  for (const HostPort& port : request.ports) ports += to_string(port) + " ";
  EXPECT_EQ(ports, "8080/tcp 127.0.0.1:53-60/udp ");
}

TEST(Request, InTheNodesNetworkExposedPortsAreTheNodes) {
  const Request request = request_for("{'ExposedPorts':{'80/tcp':{}},'HostConfig':{'NetworkMode':'host'}}");
  ASSERT_EQ(request.ports.size(), 1U);
  EXPECT_EQ(to_string(request.ports[0]), "80/tcp");
}

TEST(Request, ContainersNetworksAndVolumesItNeedsAreRead) {
  const Request request = request_for(
      "{'HostConfig':{'VolumesFrom':['db:ro'],'Links':['/cache:c'],'NetworkMode':'front','PidMode':'container:app',"
      "'IpcMode':'private','Binds':['data:/x:rw','/etc:/e','./a:/b'],"
      "'Mounts':[{'Type':'volume','Source':'logs','Target':'/l'},{'Type':'bind','Source':'/s','Target':'/t'}]},"
      "'NetworkingConfig':{'EndpointsConfig':{'front':{},'back':null}}}");
  std::string dependencies;
  for (const Dependency& dependency : request.dependencies) {
    dependencies += dependency.option + ">" + dependency.container + " ";
  }
  EXPECT_EQ(dependencies, "--volumes-from=db:ro>db --link=/cache:c>cache --pid=container:app>app ");
  EXPECT_EQ(request.networks, (std::vector<std::string>{"front", "back"}));
  EXPECT_EQ(request.volumes, (std::vector<std::string>{"data", "logs"}));
}

TEST(Request, NamesOfMembersMayBeOfAnyCaseAsEnginesReadThem) {
  EXPECT_EQ(request_for("{'hostconfig':{'nanocpus':7}}").reservation.nano_cpus, 7);
  EXPECT_EQ(refusal("{'HostConfig':{},'hostConfig':{'NanoCpus':7}}"), "member 'HostConfig' stands there twice");
}

TEST(Request, AGroupIsTheServiceOrTheImage) {
  EXPECT_EQ(request_for("{'Image':'redis'}").group, "redis");
  EXPECT_EQ(request_for("{'Image':'redis','Labels':{'com.docker.compose.project':'shop',"
                        "'com.docker.compose.service':'web'}}")
                .group,
            "shop/web");
  EXPECT_EQ(request_for("{'Image':'redis','Labels':{'com.docker.swarm.group':'mine'}}").group, "mine");
}

TEST(Request, PreferencesAndReplicasPerNodeComeFromLabels) {
  const Request request = request_for(
      R"({"Labels":{"com.docker.swarm.preferences":"[\"spread=node.labels.zone\"]",
                    "com.docker.swarm.max-replicas-per-node":"2"}})");
  EXPECT_EQ(request.preferences, std::vector<std::string>{"node.labels.zone"});
  EXPECT_EQ(request.max_replicas_per_node, 2);
}

TEST(Request, LabelsAreThoseThatComposeSets) {
  EXPECT_STREQ(label::kConstraints, converge::label::kSwarmConstraints);
  EXPECT_STREQ(label::kPreferences, converge::label::kSwarmPreferences);
  EXPECT_STREQ(label::kMaxReplicasPerNode, converge::label::kSwarmMaxReplicasPerNode);
  EXPECT_STREQ(label::kReservation, converge::label::kSwarmReservation);
}

TEST(Request, WhatIsMalformedIsNamed) {
  EXPECT_EQ(refusal("{'Env':['constraint:storage=ssd']}"),
            "expression 'storage=ssd' is malformed: there is neither == nor != in it");
  EXPECT_EQ(refusal("{'Env':['affinity:1a==b']}"),
            "expression '1a==b' is malformed: key '1a' is not made of letters, digits and any of _-./");
  EXPECT_EQ(refusal("{'Env':['constraint:node==~']}"),
            "expression 'node==~' is malformed: there is nothing to compare with");
  EXPECT_EQ(refusal("{'Env':['constraint:node==/a(/']}"),
            "expression 'node==/a(/' is malformed: '/a(/' is no regular expression: missing ): a(");
  EXPECT_EQ(refusal("{'Env':['constraint:node.rôle==a']}"),
            "expression 'node.rôle==a' is malformed: key 'node.rôle' is not made of letters, digits and any of _-./");
  EXPECT_EQ(refusal("{'Env':['constraint:node.rack==a']}"),
            "expression 'node.rack==a' is malformed: key 'node.rack' is none of node.id, node.hostname, node.name, "
            "node.ip, node.role, node.platform.os, node.platform.arch, node.labels.NAME");
  EXPECT_EQ(refusal("{'Env':['reschedule:always']}"),
            "invalid reschedule policy: 'always' (there are: off, on-node-failure)");
  EXPECT_EQ(refusal("{'Env':['reschedule:off','reschedule:on-node-failure']}"),
            "too many reschedule policies: off, on-node-failure");
  EXPECT_EQ(refusal("{'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'http'}]}}}"),
            "port 'http' is none: give 1 to 65535, a range such as 8000-8010, and tcp, udp or sctp behind a slash");
  EXPECT_EQ(
      refusal("{'Labels':{'com.docker.swarm.constraints':'node==a'}}"),
      "label 'com.docker.swarm.constraints' is 'node==a': give a JSON array of texts, such as [\"node==node-1\"]");
  EXPECT_EQ(refusal("[]"), "the body is not a JSON object");
}

TEST(Request, WhatAContainerAskedForCanBeReadFromItAgain) {
  const Request request = request_for(
      "{'Image':'redis','Env':['constraint:zone==a','reschedule:on-node-failure'],"
      "'HostConfig':{'Memory':9,'Links':['db:x'],'PortBindings':{'1/tcp':[{'HostPort':'2'}]}}}");
  const Request again = request_of(container_of(request, NodeId("N"), ContainerId("c")));
  EXPECT_EQ(texts_of(again.constraints), "<zone==a>");
  EXPECT_EQ(again.reschedule, Reschedule::kOnNodeFailure);
  EXPECT_EQ(again.reservation, request.reservation);
  EXPECT_EQ(again.ports, request.ports);
  EXPECT_EQ(again.dependencies.at(0).container, "db");
  EXPECT_EQ(again.group, "redis");
}

TEST(Request, LabelsCanBeAddedToABody) {
  EXPECT_EQ(with_labels(R"({"a":{"}":"]\""}, "labels":{"x":"1"} })", {{"x", "2"}, {"id", "\"q\""}}),
            R"({"a":{"}":"]\""}, "labels":{"x":"2","id":"\"q\""} })");
  EXPECT_EQ(with_labels("{}", {{"x", "y"}}), R"({"Labels":{"x":"y"}})");
}

TEST(Pattern, IsTextGlobOrExpression) {
  EXPECT_TRUE(Pattern("web-1").matches("web-1"));
  EXPECT_FALSE(Pattern("web.1").matches("web-1"));
  EXPECT_TRUE(Pattern("*eb*").matches("web-1"));
  EXPECT_FALSE(Pattern("eb*").matches("web-1"));
  EXPECT_TRUE(Pattern("/^w.*[0-9]$/").matches("web-1"));
  EXPECT_FALSE(Pattern("WEB-1").matches("web-1"));
  EXPECT_TRUE(Pattern("WEB*", Pattern::Case::kIgnored).matches("web-1"));
}

}  // namespace
}  // namespace berth::swarm::placement
