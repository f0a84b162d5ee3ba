// `berth compose` as people use it, on real engines of both generations. What it did is asked of the engine.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/json.h"
#include "base/strings.h"
#include "converge/labels.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"

namespace berth::scenario {
namespace {

using testing::_;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::string_view kShop = R"(
services:
  web:
    image: berth/test:1
    command: [web]
    networks: [front]
    depends_on: [db]
  db:
    image: berth/test:1
    volumes: ['data:/data']
    networks: [front, back]
networks: {front: {}, back: {internal: true}}
volumes: {data: {}}
)";

std::string with(std::string_view text, std::string_view old, std::string_view fresh) {
  std::string changed(text);
  return changed.replace(changed.find(old), old.size(), fresh);
}

class ComposeTest : public OnEngine {
 protected:
  void up(std::string_view compose_file, std::vector<std::string> words = {}) {
    user().compose_file(compose_file);
    words.insert(words.begin(), {"up", "-d", "-t", "0"});
    must(std::move(words));
  }
  std::string health(const std::string& container) {
    const auto health = user().inspect(container).state.health;
    return health ? health->status : "";
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeTest, UpMakesWhatTheFileAsksForAndDownRemovesIt) {
  up(kShop);
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "running")));
  EXPECT_THAT(user().objects(), ElementsAre("container shop-db-1", "container shop-web-1", "network shop_back",
                                            "network shop_front", "volume shop_data"));
  EXPECT_TRUE(user().engine().inspect_network(soon(), engine::NetworkId("shop_back")).internal);
  EXPECT_THAT(user().inspect("shop-db-1").networks, UnorderedElementsAre(Key("shop_front"), Key("shop_back")));
  EXPECT_EQ(user().in_container("shop-db-1", {"wget", "-q", "-O", "-", "http://web/"}), "berth/test:1\n");

  must({"down", "-t", "0"});
  EXPECT_THAT(user().objects(), ElementsAre("volume shop_data"));
  must({"down", "-v", "-t", "0"});
  EXPECT_THAT(user().objects(), IsEmpty());
  const Output again = user().compose({"down"});
  EXPECT_EQ(again.status.code, 0);
  EXPECT_THAT(again.err, HasSubstr("No resource found to remove"));
}

TEST_P(ComposeTest, ASecondUpChangesNothing) {
  up(kShop);
  const auto before = user().ids();
  const auto started = user().inspect("shop-web-1").state.started_at;
  up(kShop);
  EXPECT_EQ(user().ids(), before);
  EXPECT_EQ(user().inspect("shop-web-1").state.started_at, started);
}

TEST_P(ComposeTest, PlanSaysByItsExitCodeWhetherAnythingWouldChange) {
  user().compose_file(kShop);
  const Output first = user().compose({"plan"});
  EXPECT_EQ(first.status.code, 2);
  EXPECT_THAT(first.out, AllOf(HasSubstr("+ create shop-db-1"), HasSubstr("+ create shop-web-1")));
  EXPECT_THAT(user().objects(), IsEmpty());
  up(kShop);
  EXPECT_EQ(user().compose({"plan"}).status.code, 0);
  user().compose_file(with(kShop, "command: [web]", "command: [web, '81']"));
  const Output changed = user().compose({"plan"});
  EXPECT_EQ(changed.status.code, 2);
  EXPECT_THAT(changed.out, AllOf(HasSubstr("shop-web-1"), HasSubstr("command"), Not(HasSubstr("shop-db-1"))));
}

TEST_P(ComposeTest, ADryRunChangesNothing) {
  user().compose_file(kShop);
  must({"--dry-run", "up", "-d"});
  EXPECT_THAT(user().objects(), IsEmpty());
  up(kShop);
  const auto ids = user().ids();
  const auto objects = user().objects();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"up", "-d", "--force-recreate"}, {"down", "-v"}, {"stop"}, {"kill"}, {"restart"}, {"rm", "-fs"}}) {
    std::vector<std::string> dry = {"--dry-run"};
    dry.insert(dry.end(), words.begin(), words.end());
    must(dry);
    EXPECT_EQ(user().ids(), ids) << join(words, " ");
    EXPECT_EQ(user().objects(), objects) << join(words, " ");
    EXPECT_THAT(user().states(), ElementsAre(Pair(_, "running"), Pair(_, "running"))) << join(words, " ");
  }
}

TEST_P(ComposeTest, ExactlyWhatChangedIsRecreated) {
  up(kShop);
  const auto before = user().ids();
  up(with(kShop, "command: [web]", "command: [web, '81']"));
  auto now = user().ids();
  EXPECT_NE(now["shop-web-1"], before.at("shop-web-1"));
  EXPECT_EQ(now["shop-db-1"], before.at("shop-db-1"));
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "running")));
  EXPECT_THAT(*user().inspect("shop-web-1").config.cmd, ElementsAre("web", "81"));

  const auto web = now["shop-web-1"];
  must({"up", "-d", "-t", "0", "--force-recreate", "db"});
  now = user().ids();
  EXPECT_NE(now["shop-db-1"], before.at("shop-db-1"));
  EXPECT_EQ(now["shop-web-1"], web);
}

TEST_P(ComposeTest, AnImageBuiltAnewRecreatesItsContainers) {
  user().write("app/Dockerfile", "FROM berth/test:1\nCOPY text /text\n");
  user().write("app/text", "one");
  constexpr std::string_view kBuilt = "services: {app: {build: app}, other: {image: 'berth/test:1'}}";
  up(kBuilt);
  const auto before = user().ids();
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text"}), "one");
  user().write("app/text", "two");
  up(kBuilt);
  EXPECT_EQ(user().ids(), before);
  up(kBuilt, {"--build"});
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text"}), "two");
  EXPECT_EQ(user().ids()["shop-other-1"], before.at("shop-other-1"));

  must({"down", "-t", "0", "--rmi", "local"});
  EXPECT_EQ(user().engine().find_image(soon(), "shop-app"), std::nullopt);
  EXPECT_NE(user().engine().find_image(soon(), "berth/test:1"), std::nullopt);
}

constexpr std::string_view kKit =
    "services:\n"
    "  app:\n"
    "    build:\n"
    "      dockerfile_inline: |\n"
    "        FROM berth/test:1\n"
    "        RUN --mount=type=secret,id=token cp /run/secrets/token /from-secret\n"
    "        RUN --mount=type=cache,target=/cache echo more >> /cache/lines; wc -l < /cache/lines > /cached\n"
    "        COPY --from=more text /text\n"
    "      additional_contexts: {more: ./more}\n"
    "      secrets: [token]\n"
    "secrets: {token: {environment: TOKEN}}\n";

// BuildKit of 20.10 knows no contexts by name.
std::string kit_for(Generation generation) {
  if (generation != Generation::kOld) return std::string(kKit);
  return with(with(std::string(kKit), "      additional_contexts: {more: ./more}\n", ""), "--from=more text",
              "more/text");
}

TEST_P(ComposeTest, BuildsWithBuildxWhereItIs) {
  const char* peers = std::getenv("BERTH_PEERS");
  if (peers == nullptr) GTEST_SKIP() << "docker's buildx plugin is one of the peers' programs (tools/peers.sh)";
  user().write("more/text", "one");
  user().environment.set("TOKEN", "hidden");
  user().environment.set("PATH", std::string(peers) + ":" + user().environment.get_or("PATH", ""));
  up(kit_for(GetParam()));
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text", "/from-secret"}), "onehidden");
  user().write("more/text", "two");
  up(kit_for(GetParam()), {"--build"});
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text"}), "two");

  user().write("app/Dockerfile", "FROM berth/test:1\nRUN false\n");
  user().compose_file("services: {app: {build: app}}");
  const Output failed = user().compose({"build"});
  EXPECT_EQ(failed.status.code, 1);
  EXPECT_THAT(failed.err, HasSubstr("failed to solve: "));
  EXPECT_THAT(failed.err, HasSubstr("/bin/sh -c false"));
  must({"down", "-t", "0", "--rmi", "local"});
}

TEST_P(ComposeTest, BuildsByTheEnginesOwnBuildKitWithoutBuildx) {
  user().write("more/text", "one");
  user().environment.set("TOKEN", "hidden");
  up(kit_for(GetParam()));
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text", "/from-secret", "/cached"}), "onehidden1\n");
  user().write("more/text", "two");
  up(kit_for(GetParam()), {"--build"});
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/text"}), "two");
  must({"down", "-t", "0", "--rmi", "local"});
}

TEST_P(ComposeTest, TheClassicBuilderRefusesWhatOnlyBuildKitCan) {
  user().environment.set("TOKEN", "hidden");
  user().environment.set("DOCKER_BUILDKIT", "0");
  user().compose_file(kKit);
  const Output output = user().compose({"build"});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr("compose.yaml:9:7: services.app.build.additional_contexts: needs BuildKit"),
                                HasSubstr("compose.yaml:10:7: services.app.build.secrets: needs BuildKit")));
}

TEST_P(ComposeTest, ABuildTakesFromItsFolderWhatItIsToldTo) {
  user().write("app/.dockerignore", "*.log\nsub/*\n!sub/keep\n");
  user().write("app/a.log", "x");
  user().write("app/sub/drop", "x");
  user().write("app/sub/keep", "kept");
  std::filesystem::create_symlink("sub/keep", user().path() / "app/link");
  user().write("elsewhere/Containerfile", "FROM berth/test:1\nARG A\nCOPY . /app\nRUN echo $A > /arg\n");
  up("services: {app: {build: {context: app, dockerfile: ../elsewhere/Containerfile, args: {A: one}, labels: {x: "
     "y}}}}");
  EXPECT_EQ(user().in_container("shop-app-1", {"sh", "-c", "find /app | sort"}),
            "/app\n/app/.dockerignore\n/app/link\n/app/sub\n/app/sub/keep\n");
  EXPECT_EQ(user().in_container("shop-app-1", {"cat", "/app/link", "/arg"}), "keptone\n");
  EXPECT_EQ(user().engine().inspect_image(soon(), "shop-app").config.labels.at("x"), "y");
  must({"down", "-t", "0", "--rmi", "local"});
}

TEST_P(ComposeTest, ABuildThatFailsSaysWhy) {
  const auto fails = [&](const std::string& build) {
    user().compose_file("services: {app: {build: " + build + "}}");
    const Output output = user().compose({"build"});
    EXPECT_EQ(output.status.code, 1);
    return output.err;
  };
  user().write("app/Dockerfile", "FROM berth/test:1\nRUN echo going; false\n");
  EXPECT_THAT(fails("app"), AllOf(HasSubstr("app | #5 going"), HasSubstr("failed to solve: "),
                                  HasSubstr("/bin/sh -c echo going; false")));
  EXPECT_THAT(fails("nowhere"), HasSubstr("nowhere' isn't a folder"));
  EXPECT_THAT(fails("{context: app, dockerfile: Nope}"), HasSubstr("Nope: no such file or directory"));
  EXPECT_THAT(fails("{context: app, ssh: [key=./no-key]}"), HasSubstr("no-key'"));
  EXPECT_THAT(fails("{context: app, platforms: [linux/amd64, linux/arm64]}"),
              HasSubstr("an image for several platforms needs an engine with containerd's image store"));
  EXPECT_THAT(fails("{context: app, provenance: mode=max}"),
              HasSubstr("provenance needs an engine with containerd's image store"));
  EXPECT_THAT(fails("{context: app, cache_to: ['type=local,dest=x']}"), HasSubstr("needs docker's buildx plugin"));
}

TEST_P(ComposeTest, ScaleAddsAndRemovesReplicas) {
  up(kShop);
  const auto first = user().ids()["shop-web-1"];
  up(kShop, {"--scale", "web=3"});
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "running"),
                                                    Pair("shop-web-2", "running"), Pair("shop-web-3", "running")));
  up(kShop);
  EXPECT_THAT(user().ids(), UnorderedElementsAre(Key("shop-db-1"), Pair("shop-web-1", first)));
}

TEST_P(ComposeTest, ServicesTakenOutOfTheFileStayUntilOneAsks) {
  up(kShop);
  constexpr std::string_view kLess = "services: {db: {image: 'berth/test:1'}}";
  user().compose_file(kLess);
  const Output output = user().compose({"up", "-d", "-t", "0"});
  EXPECT_THAT(output.err, HasSubstr("shop-web-1"));
  EXPECT_THAT(user().states(), Contains(Pair("shop-web-1", "running")));
  up(kLess, {"--remove-orphans"});
  EXPECT_THAT(user().states(), ElementsAre(Pair("shop-db-1", "running")));
}

TEST_P(ComposeTest, LabelsAreThoseOfDockerCompose) {
  up(kShop);
  namespace label = converge::label;
  const auto labels = user().inspect("shop-web-1").config.labels;
  EXPECT_EQ(converge::label_of(labels, label::kProject), "shop");
  EXPECT_EQ(converge::label_of(labels, label::kService), "web");
  EXPECT_EQ(converge::label_of(labels, label::kContainerNumber), "1");
  EXPECT_EQ(converge::label_of(labels, label::kOneOff), "False");
  EXPECT_EQ(converge::label_of(labels, label::kDependsOn), "db:service_started:false");
  EXPECT_EQ(converge::label_of(labels, label::kWorkingDir), user().path().string());
  EXPECT_EQ(converge::label_of(labels, label::kConfigFiles), (user().path() / "compose.yaml").string());
  EXPECT_EQ(converge::label_of(labels, label::kConfigHash).size(), 64U);
  EXPECT_EQ(converge::label_of(labels, label::kImage), user().inspect("shop-web-1").image.value);
  const auto network = user().engine().inspect_network(soon(), engine::NetworkId("shop_front"));
  EXPECT_EQ(converge::label_of(network.labels, label::kNetwork), "front");
  const auto volume = user().engine().inspect_volume(soon(), "shop_data");
  EXPECT_EQ(converge::label_of(volume.labels, label::kVolume), "data");
}

TEST_P(ComposeTest, DockerComposeAndBerthTakeEachOthersContainersAsTheyAre) {
  up(kShop);
  const auto ours = user().ids();
  const auto theirs = user().docker_compose({"up", "-d"});
  if (!theirs) GTEST_SKIP() << "BERTH_PEERS names no folder with docker-compose";
  ASSERT_EQ(theirs->status.code, 0) << theirs->err;
  EXPECT_EQ(user().ids(), ours);
  ASSERT_EQ(user().docker_compose({"down", "-v", "-t", "0"})->status.code, 0);
  EXPECT_THAT(user().objects(), IsEmpty());

  ASSERT_EQ(user().docker_compose({"up", "-d", "--scale", "web=2"})->status.code, 0);
  const auto made_by_them = user().ids();
  must({"up", "-d", "--scale", "web=2"});
  EXPECT_EQ(user().ids(), made_by_them);
  EXPECT_EQ(must({"config", "--hash", "*"}), user().docker_compose({"config", "--hash", "*"})->out);
  must({"down", "-v", "-t", "0"});
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(ComposeTest, SecretsAndConfigsOfEachKindAreFilesInTheContainer) {
  user().write("password", "from a file\n", 0640);
  user().write("settings", "a: b\n");
  user().environment.set("TOKEN", "from the environment");
  up(R"(
services:
  app:
    image: berth/test:1
    secrets:
      - password
      - {source: token, target: /etc/token, uid: '1000', gid: '1000', mode: 0400}
    configs:
      - inline
      - {source: settings, target: /etc/app/settings}
      - {source: variable, target: /etc/variable, mode: 0600}
secrets:
  password: {file: ./password}
  token: {environment: TOKEN}
configs:
  inline: {content: "hello ${TOKEN}"}
  settings: {file: ./settings}
  variable: {environment: TOKEN}
)");
  const std::vector<std::string> files = {"/run/secrets/password", "/etc/token", "/inline", "/etc/app/settings",
                                          "/etc/variable"};
  std::vector<std::string> contents;
  for (const std::string& file : files) contents.push_back(user().in_container("shop-app-1", {"cat", file}));
  EXPECT_THAT(contents, ElementsAre("from a file\n", "from the environment", "hello from the environment", "a: b\n",
                                    "from the environment"));
  std::vector<std::string> stat = {"stat", "-c", "%a %u:%g"};
  stat.insert(stat.end(), files.begin(), files.end());
  EXPECT_EQ(user().in_container("shop-app-1", stat), "640 0:0\n400 1000:1000\n444 0:0\n644 0:0\n600 0:0\n");
}

TEST_P(ComposeTest, EnvironmentComesFromFilesAndFromTheServiceInTheirOrder) {
  user().write("one.env", "A=one\nB=one\n# no more\nC='$A literally'\n");
  user().write("two.env", "B=two\nD=${A} and more\n");
  user().write(".env", "FROM_DOTENV=dotenv\n");
  user().environment.set("PASSED", "through");
  up(R"(
services:
  app:
    image: berth/test:1
    env_file: [one.env, two.env, {path: absent.env, required: false}]
    environment: {E: "${FROM_DOTENV}", PASSED: , NOT_SET: }
)");
  const auto environment = user().inspect("shop-app-1").config.env;
  EXPECT_THAT(environment, testing::IsSupersetOf(
                               {"A=one", "B=two", "C=$A literally", "D=one and more", "E=dotenv", "PASSED=through"}));
  EXPECT_THAT(environment, Not(Contains(testing::StartsWith("NOT_SET="))));
}

TEST_P(ComposeTest, PortsArePublishedAsTheFileSays) {
  up(R"(
services:
  web:
    image: berth/test:1
    command: [web]
    ports:
      - '18080:80'
      - 127.0.0.1:18443:443/udp
      - {target: 90, published: '18090-18099', host_ip: 127.0.0.1}
      - '70'
      - 18100-18101:100-101
)");
  const auto& bindings = user().inspect("shop-web-1").host_config.port_bindings;
  EXPECT_EQ(bindings.at("80/tcp"), (std::vector<engine::PortBinding>{{"", "18080"}}));
  EXPECT_EQ(bindings.at("443/udp"), (std::vector<engine::PortBinding>{{"127.0.0.1", "18443"}}));
  EXPECT_EQ(bindings.at("90/tcp"), (std::vector<engine::PortBinding>{{"127.0.0.1", "18090-18099"}}));
  EXPECT_EQ(bindings.at("101/tcp"), (std::vector<engine::PortBinding>{{"", "18101"}}));
  EXPECT_THAT(must({"port", "web", "80"}), HasSubstr(":18080"));
  EXPECT_THAT(must({"port", "web", "90"}), testing::StartsWith("127.0.0.1:1809"));
  EXPECT_THAT(user().inspect("shop-web-1").ports.at("70/tcp"), Not(IsEmpty()));
}

TEST_P(ComposeTest, ContainersHaveTheirAddressesAndAliases) {
  up(R"(
services:
  web:
    image: berth/test:1
    command: [web]
    networks: {front: {ipv4_address: 10.250.7.9, aliases: [www, shop.example]}, back: }
  client: {image: 'berth/test:1', networks: [front]}
networks:
  front: {ipam: {config: [{subnet: 10.250.7.0/24, gateway: 10.250.7.1}]}}
  back: {name: a-name-of-its-own}
)");
  const auto networks = user().inspect("shop-web-1").networks;
  EXPECT_EQ(networks.at("shop_front").ip_address, "10.250.7.9");
  EXPECT_THAT(networks, Contains(Key("a-name-of-its-own")));
  for (const char* name : {"www", "shop.example", "web", "shop-web-1", "10.250.7.9"}) {
    EXPECT_EQ(user().in_container("shop-client-1", {"wget", "-q", "-O", "-", std::string("http://") + name}),
              "berth/test:1\n")
        << name;
  }
}

TEST_P(ComposeTest, DependenciesStartWhenTheirConditionsHold) {
  up(R"(
services:
  last:
    image: berth/test:1
    command: [sh, -c, 'ls /data; idle']
    volumes: ['data:/data']
    depends_on:
      job: {condition: service_completed_successfully}
      db: {condition: service_healthy}
      plain: {condition: service_started}
      absent: {condition: service_started, required: false}
  job:
    image: berth/test:1
    command: [sh, -c, 'sleep 0.3; touch /data/job']
    volumes: ['data:/data']
  db:
    image: berth/test:1
    command: [sh, -c, 'sleep 0.3; touch /data/db; idle']
    volumes: ['data:/data']
    healthcheck: {test: [CMD, test, -e, /data/db], interval: 100ms, retries: 100}
  plain: {image: 'berth/test:1'}
  absent: {image: 'berth/test:1', profiles: [never]}
volumes: {data: {}}
)");
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-last-1", "running"), Pair("shop-job-1", "exited"),
                                                    Pair("shop-db-1", "running"), Pair("shop-plain-1", "running")));
  wait_until([&] { return !user().logs("shop-last-1").empty(); });
  EXPECT_EQ(user().logs("shop-last-1"), "db\njob\n");
  EXPECT_EQ(health("shop-db-1"), "healthy");
}

TEST_P(ComposeTest, AJobThatFailsStopsWhatDependsOnIt) {
  user().compose_file(R"(
services:
  web: {image: 'berth/test:1', depends_on: {job: {condition: service_completed_successfully}}}
  job: {image: 'berth/test:1', command: [sh, -c, 'exit 3']}
)");
  const Output output = user().compose({"up", "-d"});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr("job"), HasSubstr("3")));
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-web-1", "created"), Pair("shop-job-1", "exited")));
}

TEST_P(ComposeTest, UpCanWaitForHealth) {
  up("services: {db: {image: 'berth/test:1', healthcheck: {test: [CMD, 'true'], interval: 100ms}}}", {"--wait"});
  EXPECT_EQ(health("shop-db-1"), "healthy");
}

TEST_P(ComposeTest, ServicesOfAProfileRunWhenItIsAskedFor) {
  constexpr std::string_view kProfiles = R"(
services:
  web: {image: 'berth/test:1'}
  debug: {image: 'berth/test:1', profiles: [debug]}
  test: {image: 'berth/test:1', profiles: [test]}
)";
  up(kProfiles);
  EXPECT_THAT(user().states(), ElementsAre(Key("shop-web-1")));
  must({"--profile", "debug", "up", "-d"});
  EXPECT_THAT(user().states(), UnorderedElementsAre(Key("shop-web-1"), Key("shop-debug-1")));
  must({"up", "-d", "test"});
  EXPECT_THAT(user().states(), Contains(Pair("shop-test-1", "running")));
}

TEST_P(ComposeTest, ContainersAreStoppedStartedRestartedKilledAndRemoved) {
  up(kShop);
  const auto ids = user().ids();
  const auto started = [&] { return user().inspect("shop-web-1").state.started_at; };
  must({"stop", "web"});
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "exited")));
  EXPECT_EQ(user().inspect("shop-web-1").state.exit_code, 0);
  must({"start"});
  EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-db-1", "running"), Pair("shop-web-1", "running")));
  const auto before = started();
  must({"restart", "web"});
  EXPECT_NE(started(), before);
  must({"kill", "web"});
  EXPECT_EQ(user().inspect("shop-web-1").state.exit_code, 137);
  EXPECT_EQ(user().ids(), ids);
  must({"rm", "-f"});
  EXPECT_THAT(user().states(), ElementsAre(Pair("shop-db-1", "running")));
  must({"rm", "-f", "-s"});
  EXPECT_THAT(user().states(), IsEmpty());
}

TEST_P(ComposeTest, PsShowsContainersInColumnsAndAsJson) {
  up(kShop);
  must({"stop", "-t", "0", "db"});
  const std::string table = must({"ps"});
  EXPECT_THAT(table, AllOf(testing::StartsWith("NAME "), HasSubstr("shop-web-1"), Not(HasSubstr("shop-db-1"))));
  EXPECT_THAT(must({"ps", "-a"}), HasSubstr("shop-db-1"));
  EXPECT_EQ(must({"ps", "-q", "web"}), user().ids()["shop-web-1"] + "\n");
  const json::value row = parse_json(must({"ps", "--format", "json"}));
  EXPECT_EQ(berth::text_of(row, "Name"), "shop-web-1");
  EXPECT_EQ(berth::text_of(row, "State"), "running");
}

TEST_P(ComposeTest, LogsComeWithTheNameOfWhoWroteThem) {
  up(R"(
services:
  a: {image: 'berth/test:1', command: [sh, -c, 'echo one; echo two >&2']}
  b: {image: 'berth/test:1', command: [sh, -c, 'echo three']}
)");
  wait_until([&] {
    return user().states() == std::map<std::string, std::string>{{"shop-a-1", "exited"}, {"shop-b-1", "exited"}};
  });
  const std::string logs = must({"logs"});
  EXPECT_THAT(logs, AllOf(HasSubstr("a-1  | one\n"), HasSubstr("a-1  | two\n"), HasSubstr("b-1  | three\n")));
  EXPECT_EQ(must({"logs", "--no-log-prefix", "b"}), "three\n");
}

TEST_P(ComposeTest, ProgramsRunInContainersThatAreThereAndInNewOnes) {
  up(kShop);
  EXPECT_EQ(must({"exec", "-T", "db", "sh", "-c", "echo inside; touch /data/seen"}), "inside\n");
  EXPECT_EQ(user().compose({"exec", "-T", "db", "sh", "-c", "exit 7"}).status.code, 7);
  EXPECT_EQ(must({"run", "--rm", "-T", "db", "ls", "/data"}), "seen\n");
  EXPECT_EQ(user().compose({"run", "--rm", "-T", "db", "sh", "-c", "exit 5"}).status.code, 5);
  EXPECT_THAT(user().ids(), UnorderedElementsAre(Key("shop-db-1"), Key("shop-web-1")));
}

// --- up in the foreground

constexpr std::string_view kTwo = R"(
services:
  polite: {image: 'berth/test:1', command: [sh, -c, 'echo ready; exec idle']}
  stubborn:
    image: berth/test:1
    command: [sh, -c, "trap '' TERM; echo deaf; while true; do sleep 1; done"]
    stop_grace_period: 0s
)";

TEST_P(ComposeTest, CtrlCStopsWhatAnAttachedUpStarted) {
  user().compose_file(kTwo);
  auto up = user().start_compose({"up"});
  up.says("| ready");
  up.says("| deaf");
  up.child.kill(SIGINT);
  EXPECT_EQ(up.wait().code, 130) << up.err();
  EXPECT_THAT(user().states(),
              UnorderedElementsAre(Pair("shop-polite-1", "exited"), Pair("shop-stubborn-1", "exited")));
  EXPECT_EQ(user().inspect("shop-polite-1").state.exit_code, 0);
}

TEST_P(ComposeTest, ASecondCtrlCKillsWhatDoesNotStop) {
  user().compose_file(with(kTwo, "0s", "60s"));
  auto up = user().start_compose({"up"});
  up.says("| ready");
  up.says("| deaf");
  up.child.kill(SIGINT);
  wait_until([&] { return user().states()["shop-polite-1"] == "exited"; });
  EXPECT_EQ(user().states()["shop-stubborn-1"], "running");
  up.child.kill(SIGINT);
  EXPECT_EQ(up.wait().code, 130) << up.err();
  wait_until([&] { return user().states()["shop-stubborn-1"] == "exited"; });
  EXPECT_EQ(user().inspect("shop-stubborn-1").state.exit_code, 137);
}

TEST_P(ComposeTest, AnAttachedUpEndsWithTheFirstContainerWhereAskedFor) {
  user().compose_file(R"(
services:
  test: {image: 'berth/test:1', command: [sh, -c, 'echo last words; exit 4']}
  web: {image: 'berth/test:1'}
)");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"up", "--abort-on-container-exit"}, {"up", "--exit-code-from", "test"}}) {
    const Output output = user().compose(words);
    EXPECT_EQ(output.status.code, 4) << output.err;
    EXPECT_THAT(output.out, HasSubstr("| last words\n"));
    EXPECT_THAT(user().states(), UnorderedElementsAre(Pair("shop-test-1", "exited"), Pair("shop-web-1", "exited")));
  }
}

TEST_P(ComposeTest, AnAttachedUpEndsWithItsLastContainer) {
  user().compose_file("services: {job: {image: 'berth/test:1', command: [echo, done]}}");
  const Output output = user().compose({"up"});
  EXPECT_EQ(output.status.code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("job-1  | done\n"));
}

}  // namespace
}  // namespace berth::scenario
