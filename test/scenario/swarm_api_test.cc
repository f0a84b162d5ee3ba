// The Docker API over a pool of real engines: images, networks, volumes and builds, with the clients that people use.
//
// docs/swarm-api.md lists what differs from a single engine. Each difference stands there in the very words in which a
// test here shows it; a line that no test shows, or that is not there, is a failure.
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/client.h"
#include "scenario/engines.h"
#include "scenario/shop.h"
#include "scenario/swarm.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::map<Generation, std::unique_ptr<Swarm>>& swarms() {
  static std::map<Generation, std::unique_ptr<Swarm>> all;
  return all;
}

std::set<std::string>& shown() {
  static std::set<std::string> lines;
  return lines;
}

std::set<std::string> documented() {
  std::set<std::string> lines;
  for (const std::string& line : split(read_file(std::string(BERTH_SOURCE_DIR) + "/docs/swarm-api.md"), '\n')) {
    if (line.starts_with("* ")) lines.insert(line.substr(2));
  }
  return lines;
}

// What this test shows.
void difference(const std::string& line) {
  shown().insert(line);
  EXPECT_TRUE(documented().contains(line)) << "docs/swarm-api.md lacks: " << line;
}

class Ending : public testing::Environment {
 public:
  void TearDown() override {
    const bool all_ran =
        testing::UnitTest::GetInstance()->test_to_run_count() == testing::UnitTest::GetInstance()->total_test_count();
    if (all_ran && !swarms().empty()) {
      EXPECT_EQ(documented(), shown());
    }
    swarms().clear();
  }
};
const auto* const kEnding = testing::AddGlobalTestEnvironment(new Ending);

class SwarmApi : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    auto& swarm = swarms()[GetParam()];
    if (!swarm) {
      swarm = std::make_unique<Swarm>(GetParam(), 3);
    } else {
      swarm->clear();
    }
    swarm_ = swarm.get();
  }

  Swarm& swarm() { return *swarm_; }
  std::string docker(const std::vector<std::string>& words) { return swarm().docker_text(words); }

  // The nodes that have it.
  std::vector<std::string> nodes_with(const std::vector<std::string>& inspect) {
    std::vector<std::string> nodes;
    for (const std::string& node : swarm().nodes()) {
      if (swarm().docker_on(node, inspect).status.ok()) nodes.push_back(node);
    }
    return nodes;
  }
  std::vector<std::string> nodes_with_image(const std::string& name) { return nodes_with({"image", "inspect", name}); }
  std::string node_of(const std::string& container) {
    const auto nodes = nodes_with({"container", "inspect", container});
    return nodes.size() == 1 ? nodes[0] : "on " + std::to_string(nodes.size()) + " nodes";
  }
  std::string run_on(const std::string& node, std::vector<std::string> words) {
    words.insert(words.begin(), {"run", "-e", "constraint:node==" + node});
    return docker(words);
  }

 private:
  Swarm* swarm_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Engines, SwarmApi, testing::Values(Generation::kOld, Generation::kNew), name_of);

// --- images

TEST_P(SwarmApi, AnImageThatANodeLacksIsCopiedThere) {
  EXPECT_THAT(nodes_with_image("berth/test:1"), ElementsAre("node-1"));
  for (const char* node : {"node-2", "node-3"}) {
    EXPECT_EQ(run_on(node, {"--rm", "berth/test:1", "cat", "/www/index.html"}), "berth/test:1");
  }
  EXPECT_THAT(nodes_with_image("berth/test:1"), ElementsAre("node-1", "node-2", "node-3"));
  EXPECT_THAT(nodes_with_image("berth/test:2"), ElementsAre("node-1"));
  difference(
      "A container whose image its node lacks gets it from another node, or else from its registry, before it is "
      "created; `--missing-image` changes that.");
}

TEST_P(SwarmApi, OnlyLayersThatANodeLacksAreCopiedThere) {
  if (GetParam() == Generation::kOld) GTEST_SKIP() << "archives of old engines don't name their layers";
  const Path folder = swarm().lab().storage() / "layered";
  make_folder(folder);
  write_file(folder / "Dockerfile", "FROM berth/test:1\nRUN echo more > /more\n");
  run_on("node-2", {"--rm", "berth/test:1", "true"});
  swarm().docker_text_on("node-1", {"build", "-t", "layered:1", folder});
  wait_until([&] { return swarm().docker({"image", "inspect", "layered:1"}).status.ok(); });
  EXPECT_EQ(run_on("node-2", {"--rm", "layered:1", "cat", "/more"}), "more");
  EXPECT_EQ(run_on("node-3", {"--rm", "layered:1", "cat", "/more"}), "more");
  EXPECT_THAT(swarm().log(), HasSubstr("copying image 'layered:1' from node 'node-1' to 'node-2', without 1 layers"));
  EXPECT_THAT(swarm().log(), Not(HasSubstr("copying what is missing")));
}

TEST_P(SwarmApi, AnImageThatNobodyHasIsRefusedAsAnEngineDoes) {
  const Output output = swarm().docker({"create", "--pull", "never", "localhost:1/none"});
  EXPECT_FALSE(output.status.ok());
  EXPECT_THAT(output.err, HasSubstr("No such image: localhost:1/none:latest"));
}

TEST_P(SwarmApi, AnImageOfSeveralNodesIsListedOnce) {
  run_on("node-2", {"--rm", "berth/test:1", "true"});
  swarm().docker_text_on("node-2", {"tag", "berth/test:1", "only/there:1"});
  wait_until([&] { return swarm().docker({"image", "inspect", "only/there:1"}).status.ok(); });
  const std::vector<std::string> list = {"image", "ls", "--format", "{{.Repository}}:{{.Tag}}"};
  EXPECT_THAT(split(docker(list), '\n'), UnorderedElementsAre("berth/test:1", "berth/test:2", "only/there:1"));
  EXPECT_EQ(docker({"image", "ls", "--filter", "reference=berth/*:2", "--format", "{{.Tag}}"}), "2");
  EXPECT_EQ(docker({"image", "ls", "--filter", "dangling=true", "-q"}), "");
  EXPECT_EQ(docker({"image", "ls", "--filter", "node=node-3", "-q"}), "");
  difference(
      "`GET /images/json` tells an image that several nodes have once, with the names that it has on any of them; the "
      "filter `node` picks nodes.");
}

TEST_P(SwarmApi, LoadedAndImportedImagesAreOnAllNodesWithOneId) {
  const std::string archive = swarm().lab().storage() / "image.tar";
  docker({"save", "-o", archive, "berth/test:1", "berth/test:2"});
  for (const Generation client : {Generation::kOld, Generation::kNew}) {
    if (missing(client)) continue;
    const Output loaded = swarm().docker({"load", "-i", archive}, client);
    // An engine names what an archive holds in any order.
    EXPECT_THAT(split(loaded.out, '\n'),
                UnorderedElementsAre("Loaded image: berth/test:1", "Loaded image: berth/test:2", ""))
        << loaded.err;
  }
  EXPECT_THAT(nodes_with_image("berth/test:2"), ElementsAre("node-1", "node-2", "node-3"));

  docker({"import", archive, "imported:1"});
  std::set<std::string> ids;
  for (const std::string& node : swarm().nodes()) {
    ids.insert(swarm().docker_text_on(node, {"image", "inspect", "-f", "{{.Id}}", "imported:1"}));
  }
  EXPECT_EQ(ids.size(), 1U);
  difference(
      "`docker load`, `import` and `pull` reach all healthy nodes; the rows of a pull begin with the node's name.");
}

TEST_P(SwarmApi, ATagIsSetAndRemovedWhereverTheImageIs) {
  run_on("node-2", {"--rm", "berth/test:1", "true"});
  docker({"tag", "berth/test:1", "my/test:3"});
  EXPECT_THAT(nodes_with_image("my/test:3"), ElementsAre("node-1", "node-2"));
  EXPECT_EQ(docker({"rmi", "my/test:3"}), "Untagged: my/test:3");
  EXPECT_THAT(nodes_with_image("my/test:3"), IsEmpty());
  EXPECT_THAT(nodes_with_image("berth/test:1"), ElementsAre("node-1", "node-2"));
  difference("`docker tag` and `docker rmi` act on all nodes that have the image.");
}

TEST_P(SwarmApi, APullThatFailsEverywhereIsAnEnginesPlainError) {
  const Output output = swarm().docker({"pull", "localhost:1/none:1"});
  EXPECT_FALSE(output.status.ok());
  EXPECT_THAT(output.err, HasSubstr("Error response from daemon:"));
}

// --- networks

TEST_P(SwarmApi, ANetworkIsOneThoughEachNodeHasACopy) {
  const std::string id = docker({"network", "create", "--label", "tier=front", "front"});
  EXPECT_THAT(nodes_with({"network", "inspect", "front"}), ElementsAre("node-1", "node-2", "node-3"));
  EXPECT_EQ(docker({"network", "ls", "--filter", "label=tier=front", "--format", "{{.Name}}"}), "front");
  EXPECT_EQ(docker({"network", "ls", "--filter", "type=builtin", "--format", "{{.Name}}"}), "bridge\nhost\nnone");
  EXPECT_FALSE(swarm().docker({"network", "create", "front"}).status.ok());

  docker({"run", "-d", "--name", "web", "--network", "front", "berth/test:1", "web"});
  EXPECT_EQ(docker({"run", "--rm", "--network", id, "berth/test:2", "wget", "-qO-", "http://web/"}), "berth/test:1");
  EXPECT_EQ(docker({"network", "inspect", id, "-f", "{{range .Containers}}{{.Name}}{{end}}"}), "web");
  // Clients compare the ids of a network and of what its containers say.
  EXPECT_EQ(docker({"network", "inspect", "front", "-f", "{{.Id}}"}),
            docker({"inspect", "web", "-f", "{{.NetworkSettings.Networks.front.NetworkID}}"}));
  EXPECT_THAT(swarm().docker({"network", "rm", "front"}).err, HasSubstr("has active endpoints"));
  docker({"rm", "-f", "web"});
  docker({"network", "create", "other"});
  docker({"network", "rm", "front", "other"});
  EXPECT_THAT(nodes_with({"network", "inspect", "front"}), IsEmpty());
  difference(
      "A network is made on every healthy node (or those of the label `com.docker.swarm.whitelists`) and told as one; "
      "its id is that of the copy in use, and the id of any copy, its name and `node/name` address it.");
  difference("Containers of a network are placed on one node, as there is no overlay yet.");
}

TEST_P(SwarmApi, ANodeGetsANetworkThatItLacksWhenAContainerNeedsIt) {
  docker({"network", "create", "--subnet", "10.201.3.0/24", "--label", "a=b", "late"});
  swarm().docker_text_on("node-3", {"network", "rm", "late"});
  wait_until([&] { return docker({"network", "inspect", "late", "-f", "{{.Name}}"}) == "late"; });
  wait_until([&] { return !swarm().docker({"network", "inspect", "node-3/late"}).status.ok(); });
  run_on("node-3", {"-d", "--name", "late-1", "--network", "late", "berth/test:1"});
  EXPECT_EQ(swarm().docker_text_on(
                "node-3", {"network", "inspect", "late", "-f", "{{(index .IPAM.Config 0).Subnet}} {{.Labels.a}}"}),
            "10.201.3.0/24 b");
}

TEST_P(SwarmApi, AContainerIsConnectedOnItsNode) {
  docker({"network", "create", "extra"});
  run_on("node-2", {"-d", "--name", "web", "berth/test:1"});
  docker({"network", "connect", "--alias", "w", "extra", "web"});
  EXPECT_EQ(docker({"network", "inspect", "extra", "-f", "{{range .Containers}}{{.Name}}{{end}}"}), "web");
  docker({"network", "disconnect", "extra", "web"});
  EXPECT_EQ(docker({"network", "inspect", "extra", "-f", "{{len .Containers}}"}), "0");
}

// --- volumes

TEST_P(SwarmApi, AVolumeGoesToItsFirstContainerAndContainersFollowItFromThen) {
  docker({"volume", "create", "--label", "a=b", "data"});
  EXPECT_EQ(nodes_with({"volume", "inspect", "data"}).size(), 1U);
  run_on("node-3", {"--rm", "-v", "data:/data", "berth/test:1", "sh", "-c", "echo kept > /data/file"});
  EXPECT_THAT(nodes_with({"volume", "inspect", "data"}), ElementsAre("node-3"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(docker({"run", "--rm", "-v", "data:/data", "berth/test:1", "cat", "/data/file"}), "kept");
  }
  EXPECT_EQ(docker({"volume", "inspect", "data", "-f", "{{json .Labels}}"}), R"({"a":"b"})");
  EXPECT_EQ(docker({"volume", "ls", "--filter", "label=a=b", "-q"}), "data");
  EXPECT_EQ(docker({"volume", "ls", "--filter", "dangling=true", "-q"}), "data");
  docker({"volume", "rm", "data"});
  EXPECT_THAT(nodes_with({"volume", "inspect", "data"}), IsEmpty());
  difference(
      "A volume is of one node. One that is made before a container mounts it moves, empty, to the first one's node; "
      "later containers go where it is, unless they name their node.");
}

TEST_P(SwarmApi, AVolumeMayBeMadeOnANodeOfChoice) {
  docker({"volume", "create", "node-2/here"});
  docker({"volume", "create", "node-3/here"});
  EXPECT_THAT(nodes_with({"volume", "inspect", "here"}), ElementsAre("node-2", "node-3"));
  EXPECT_EQ(docker({"volume", "ls", "-q"}), "here\nhere");
  docker({"volume", "rm", "node-2/here"});
  EXPECT_THAT(nodes_with({"volume", "inspect", "here"}), ElementsAre("node-3"));
  difference(
      "Networks and volumes may be called `node/name`, also when they are made; a listed volume has its node's name as "
      "the member `Node`.");
}

// --- builds

struct Builder {
  const char* name;
  Generation client;
  const char* buildkit;
};
const Builder kBuilders[] = {{"old-classic", Generation::kOld, "0"},
                             {"old-buildkit", Generation::kOld, "1"},
                             {"new-classic", Generation::kNew, "0"},
                             {"new-buildx", Generation::kNew, "1"}};

TEST_P(SwarmApi, BothGenerationsOfTheCliBuildWithBothBuilders) {
  const Path folder = swarm().lab().storage() / "context";
  make_folder(folder);
  write_file(folder / "Dockerfile", "FROM berth/test:1\nARG V\nRUN echo $V > /v\n");
  docker({"save", "-o", swarm().lab().storage() / "image.tar", "berth/test:1"});
  docker({"load", "-i", swarm().lab().storage() / "image.tar"});
  for (const Builder& builder : kBuilders) {
    SCOPED_TRACE(builder.name);
    if (missing(builder.client)) continue;
    const std::string image = std::string("built:") + builder.name;
    const Output output = swarm().docker({"build", "-t", image, "--build-arg", "V=" + image, folder}, builder.client,
                                         {{"DOCKER_BUILDKIT", builder.buildkit}});
    EXPECT_TRUE(output.status.ok()) << output.out << output.err;
    EXPECT_EQ(nodes_with_image(image).size(), 1U);
    EXPECT_EQ(docker({"run", "--rm", image, "cat", "/v"}), image);
  }
  const Output chosen = swarm().docker(
      {"build", "-t", "built:there", "--build-arg", "V=1", "--build-arg", "constraint:node==node-3", folder},
      Generation::kOld, {{"DOCKER_BUILDKIT", "0"}});
  EXPECT_TRUE(chosen.status.ok()) << chosen.out << chosen.err;
  EXPECT_THAT(chosen.out, Not(HasSubstr("constraint")));
  EXPECT_THAT(nodes_with_image("built:there"), ElementsAre("node-3"));
  difference(
      "A client's builds run on one node, where the image is then; the classic builder takes `--build-arg "
      "constraint:node==NAME` and other expressions.");
}

// --- the whole

TEST_P(SwarmApi, DiskUsageAndPrunesAreThoseOfAllNodes) {
  run_on("node-1", {"--name", "one", "berth/test:1", "true"});
  run_on("node-2", {"--name", "two", "berth/test:1", "true"});
  const std::vector<std::string> usage = split(docker({"system", "df", "--format", "{{.Type}} {{.TotalCount}}"}), '\n');
  EXPECT_THAT(usage, testing::IsSupersetOf({std::string("Images 3"), std::string("Containers 2")}));
  docker({"container", "prune", "-f"});
  docker({"image", "prune", "-af"});
  for (const std::string& node : swarm().nodes()) EXPECT_EQ(swarm().docker_text_on(node, {"image", "ls", "-q"}), "");
  difference("`GET /system/df` and prunes add up all nodes: an image on two nodes counts twice.");
}

TEST_P(SwarmApi, SwarmModeIsRefusedAsByAnEngineThatIsNoManager) {
  EXPECT_THAT(swarm().docker({"service", "ls"}).err, HasSubstr("This node is not a swarm manager."));
  EXPECT_THAT(swarm().docker({"swarm", "init"}).err, HasSubstr("This node is not a swarm manager."));
  EXPECT_THAT(swarm().docker({"node", "ls", "--format", "{{.Hostname}} {{.Status}}"}).out, HasSubstr("node-1 Ready"));
  difference(
      "Swarm mode (`/swarm`, `/services`, `/tasks`, `/secrets`, `/configs`) answers 503, as an engine that is no "
      "manager "
      "does; but `/nodes` is the pool's nodes.");
}

TEST_P(SwarmApi, APublishedPortIsToldWithTheAddressOfItsNode) {
  run_on("node-2", {"-d", "--name", "web", "-p", "18080:80", "-p", "127.0.0.1:18081:80", "berth/test:1", "web"});
  const std::string ip = swarm().lab().ip("node-2");
  EXPECT_THAT(docker({"ps", "--format", "{{.Ports}}"}),
              AllOf(HasSubstr(ip + ":18080->80/tcp"), HasSubstr("127.0.0.1:18081->80/tcp")));
  EXPECT_THAT(docker({"port", "web", "80/tcp"}), HasSubstr(ip + ":18080"));
  difference(
      "A port published on all addresses of its node is told with the node's address, in lists and inspected "
      "containers.");
}

// Who lists containers all the time: the pool's state is asked for at once when anything happens.
std::vector<std::jthread> lookers_at(const Swarm& swarm) {
  std::vector<std::jthread> lookers;
  for (int i = 0; i < 3; ++i) {
    lookers.emplace_back([&](const std::stop_token& stop) {
      UserFolder user(swarm.docker_host(), "looker");
      while (!stop.stop_requested()) user.engine().list_containers(soon());
    });
  }
  return lookers;
}

TEST_P(SwarmApi, AContainerThatIsGoneIsNotListedWhoeverLooksMeanwhile) {
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> remove = {"rm", "-f"};
    for (int i = 0; i < 8; ++i) remove.push_back(run_on("node-1", {"-d", "berth/test:1", "sleep", "1000"}));
    const auto lookers = lookers_at(swarm());
    ASSERT_TRUE(swarm().docker_on("node-1", remove).status.ok());
    wait_until([&] { return docker({"ps", "-aq"}).empty(); });
  }
}

TEST_P(SwarmApi, AContainerThatEndedIsListedSoWhoeverLooksMeanwhile) {
  const auto lookers = lookers_at(swarm());
  for (int i = 0; i < 15; ++i) docker({"run", "-d", "berth/test:1", "sh", "-c", "usleep 50000"});
  wait_until([&] { return docker({"ps", "-q"}).empty(); });
}

TEST_P(SwarmApi, WhatIsWrittenToAVolumeThatWasJustMadeIsThereForTheNextContainer) {
  UserFolder user(swarm().docker_host(), "writer");
  for (int i = 0; i < 6; ++i) {
    const std::string volume = "made-" + std::to_string(i);
    engine::ContainerCreate writer;
    writer.name = "writer-" + std::to_string(i);
    writer.config.image = "berth/test:1";
    writer.config.cmd = {{"sh", "-c", "echo kept > /d/file"}};
    writer.host_config.binds = {volume + ":/d"};
    user.engine().create_volume(soon(), {.name = volume});
    user.engine().create_container(soon(), writer);  // at once
    docker({"start", "-a", writer.name});
    docker({"rm", writer.name});
    EXPECT_EQ(docker({"run", "--rm", "-v", volume + ":/d", "berth/test:1", "cat", "/d/file"}), "kept");
  }
}

constexpr std::string_view kPoolShop = R"(
services:
  web: {image: "berth/test:1", command: web, ports: ["18080:80"], volumes: ["data:/data"], depends_on: [db], init: true}
  db: {image: "berth/test:2", volumes: ["data:/d"], deploy: {replicas: 2}}
volumes: {data: {}}
)";

class ComposeOverSwarm : public SwarmApi {};
INSTANTIATE_TEST_SUITE_P(Engines, ComposeOverSwarm, testing::Values(Generation::kOld, Generation::kNew), name_of);

using Compose = std::function<Output(UserFolder&, std::vector<std::string>)>;

void brings_up_and_down(Swarm& swarm, const Compose& compose) {
  UserFolder user(swarm.docker_host(), "shop");
  user.compose_file(kPoolShop);
  const Output up = compose(user, {"up", "-d"});
  ASSERT_TRUE(up.status.ok()) << up.err;
  EXPECT_THAT(user.objects(), ElementsAre("container shop-db-1", "container shop-db-2", "container shop-web-1",
                                          "network shop_default", "volume shop_data"));
  EXPECT_EQ(user.in_container("shop-db-1", {"wget", "-qO-", "http://web/"}), "berth/test:1\n");
  user.in_container("shop-web-1", {"sh", "-c", "echo kept > /data/file"});

  // What runs as it was asked for stays.
  const auto ids = user.ids();
  const Output again = compose(user, {"up", "-d"});
  EXPECT_TRUE(again.status.ok()) << again.err;
  EXPECT_EQ(user.ids(), ids) << again.err;

  // A new container takes the old one's place, with its port and its volume.
  std::string changed(kPoolShop);
  changed.replace(changed.find("init: true"), 10, "init: false");
  user.compose_file(changed);
  const Output recreated = compose(user, {"up", "-d"});
  EXPECT_TRUE(recreated.status.ok()) << recreated.err;
  EXPECT_NE(user.ids()["shop-web-1"], ids.at("shop-web-1"));
  EXPECT_EQ(user.ids()["shop-db-1"], ids.at("shop-db-1"));
  EXPECT_EQ(user.in_container("shop-web-1", {"cat", "/data/file"}), "kept\n");

  const Output down = compose(user, {"down"});
  EXPECT_TRUE(down.status.ok()) << down.err;
  EXPECT_THAT(user.objects(), ElementsAre("volume shop_data"));
  EXPECT_TRUE(compose(user, {"up", "-d"}).status.ok());
  EXPECT_EQ(user.in_container("shop-db-2", {"cat", "/d/file"}), "kept\n");
  EXPECT_TRUE(compose(user, {"down", "-v"}).status.ok());
  EXPECT_THAT(user.objects(), IsEmpty());
}

TEST_P(ComposeOverSwarm, BerthComposeBringsAnApplicationUpAndDown) {
  brings_up_and_down(swarm(), [](UserFolder& user, std::vector<std::string> words) { return user.compose(words); });
}

TEST_P(ComposeOverSwarm, DockerComposeBringsAnApplicationUpAndDown) {
  if (!Environment::of_process().get("BERTH_PEERS")) GTEST_SKIP() << "BERTH_PEERS names no folder";
  brings_up_and_down(swarm(),
                     [](UserFolder& user, std::vector<std::string> words) { return *user.docker_compose(words); });
}

TEST_P(ComposeOverSwarm, BerthComposeBuildsByANodesOwnBuildKit) {
  docker({"save", "-o", swarm().lab().storage() / "image.tar", "berth/test:1"});
  docker({"load", "-i", swarm().lab().storage() / "image.tar"});
  UserFolder user(swarm().docker_host(), "shop");
  user.write("app/Dockerfile",
             "FROM berth/test:1\nCOPY text /text\nRUN --mount=type=secret,id=token cp /run/secrets/token /token\n");
  user.write("app/text", "one");
  user.environment.set("TOKEN", "hidden");
  user.compose_file(
      "services: {app: {build: {context: app, secrets: [token]}}}\nsecrets: {token: {environment: TOKEN}}\n");
  const Output up = user.compose({"up", "-d"});
  ASSERT_TRUE(up.status.ok()) << up.err;
  EXPECT_EQ(user.in_container("shop-app-1", {"cat", "/text", "/token"}), "onehidden");
  EXPECT_EQ(nodes_with_image("shop-app").size(), 1U);
  EXPECT_TRUE(user.compose({"down", "-t", "0", "--rmi", "local"}).status.ok());
}

constexpr char kRollingBack[] = "order: start-first, failure_action: rollback";

TEST_P(ComposeOverSwarm, ABadUpdateIsRolledBackAndNoRequestFails) {
  UserFolder user(swarm().docker_host(), "shop");
  user.compose_file(three_webs("berth/test:1", kRollingBack));
  const Output first = user.compose({"up", "-d", "--wait"});
  ASSERT_EQ(first.status.code, 0) << first.err;
  const auto before = user.ids();
  const Client client(swarm().lab().ip(node_of("shop-web-1")), 18080, 100, false);

  user.compose_file(three_webs("berth/test:2", kRollingBack, kOnlyOne));
  const Output bad = user.compose({"up", "-d", "-t", "1"});
  EXPECT_EQ(bad.status.code, 4) << bad.err;
  EXPECT_THAT(bad.err, HasSubstr("service 'web' is what it was before"));
  EXPECT_EQ(user.ids(), before);

  user.compose_file(three_webs("berth/test:2", kRollingBack));
  const Output good = user.compose({"up", "-d", "-t", "1"});
  EXPECT_EQ(good.status.code, 0) << good.err;
  EXPECT_EQ(user.in_container("shop-web-3", {"wget", "-qO-", "http://127.0.0.1/"}), "berth/test:2\n");
  EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
  EXPECT_TRUE(user.compose({"down", "-v", "-t", "1"}).status.ok());
}

TEST_P(ComposeOverSwarm, AnUpdateAndItsRollbackReachTheContainersOfAllNodes) {
  UserFolder user(swarm().docker_host(), "shop");
  const auto worker = [&](const std::string& image, const std::string& command) {
    user.compose_file("services:\n  worker:\n    image: " + image + "\n    command: " + command +
                      "\n    scale: 3\n    network_mode: none\n    healthcheck: {test: [CMD, 'true'], interval: 200ms}"
                      "\n    deploy:\n      update_config: {" +
                      std::string(kRollingBack) + "}\n");
  };
  const auto places = [&] {
    std::set<std::string> nodes;
    for (const auto& [name, id] : user.ids()) nodes.insert(node_of(name));
    return nodes;
  };
  worker("berth/test:1", "idle");
  ASSERT_EQ(user.compose({"up", "-d", "--wait"}).status.code, 0);
  const auto before = user.ids();
  EXPECT_THAT(places(), testing::SizeIs(3));

  worker("berth/test:2", "'false'");
  EXPECT_EQ(user.compose({"up", "-d", "-t", "1"}).status.code, 4);
  EXPECT_EQ(user.ids(), before);
  EXPECT_THAT(places(), testing::SizeIs(3));

  worker("berth/test:2", "idle");
  const Output good = user.compose({"up", "-d", "-t", "1"});
  EXPECT_EQ(good.status.code, 0) << good.err;
  for (const auto& [name, id] : user.ids()) EXPECT_NE(id, before.at(name));
  EXPECT_EQ(user.ids().size(), 3U);
  EXPECT_TRUE(user.compose({"down", "-t", "1"}).status.ok());
}

}  // namespace
}  // namespace berth::scenario
