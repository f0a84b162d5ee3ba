// Plans made and executed on real engines of both generations, side by side with docker compose where it can be had
// (BERTH_PEERS).
#include <algorithm>
#include <map>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/environment.h"
#include "base/files.h"
#include "base/process.h"
#include "compose/load.h"
#include "converge/labels.h"
#include "converge/up.h"
#include "engine/client.h"
#include "scenario/engines.h"

namespace berth::scenario {

namespace {

using namespace converge;  // NOLINT: the whole file is about it
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kProject = "bconv";
constexpr std::chrono::seconds kAtOnce{0};

constexpr std::string_view kShop = R"(
services:
  db:
    image: berth/test:1
    volumes: ['data:/data', /cache]
    networks: [back]
    healthcheck: {test: [CMD, 'true'], interval: 1s}
  job:
    image: berth/test:1
    command: ['true']
    networks: [back]
    depends_on: {db: {condition: service_healthy}}
  web:
    image: berth/test:1
    scale: 2
    command: [web]
    networks: {front: {}, back: {aliases: [www]}}
    environment: {A: b}
    configs: [{source: greeting, target: /etc/greeting}]
    depends_on: {db: {condition: service_healthy, restart: true}, job: {condition: service_completed_successfully}}
  side: {image: 'berth/test:1', network_mode: 'service:db', stop_grace_period: 1s}
networks: {front: {}, back: {}}
volumes: {data: {}}
configs: {greeting: {content: hello}}
)";

class Converge : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    std::string reason;
    const auto host = engine_host(GetParam(), reason);
    if (!host) GTEST_SKIP() << reason;
    host_ = *host;
    client_ = std::make_unique<engine::Client>(engine::endpoint_of(*host));
    context_ = Context().with_timeout(std::chrono::minutes(3));
    clean();
  }
  void TearDown() override {
    if (client_) clean();
  }

  void clean() {
    const State state = observe(context_, *client_, kProject);
    execute(
        context_, *client_,
        plan_down(project_of(kProject, state), state, {.volumes = true, .remove_orphans = true, .timeout = kAtOnce}));
  }

  compose::Project project(std::string_view yaml) {
    write_file(folder_.path() / "compose.yaml", yaml);
    compose::LoadOptions options;
    options.project_name = kProject;
    options.current_dir = folder_.path();
    std::vector<yaml::Diagnostic> warnings;
    return compose::load_or_throw(options, compose::DiskReader(), warnings);
  }

  Outcome up(std::string_view yaml, const UpOptions& options = {}) {
    return converge::up(context_, *client_, project(yaml), {.up = options});
  }

  std::string plan_text(std::string_view yaml, const UpOptions& options = {}) {
    return text(preview(context_, *client_, project(yaml), {.up = options}));
  }

  std::map<std::string, engine::ContainerId> ids() {
    std::map<std::string, engine::ContainerId> ids;
    for (const auto& container : observe(context_, *client_, kProject).containers) {
      ids[converge::name_of(container)] = container.id;
    }
    return ids;
  }

  std::string state_of(const std::string& name) {
    return client_->inspect_container(context_, engine::ContainerId(name)).state.status;
  }

  // docker compose with these arguments; nothing where there is none.
  std::optional<Output> docker_compose(std::vector<std::string> arguments) {
    const auto peers = Environment::of_process().get("BERTH_PEERS");
    if (!peers) return std::nullopt;
    Environment environment = Environment::of_process();
    environment.set("DOCKER_HOST", host_);
    std::vector<std::string> argv = {*peers + "/docker-compose", "-p", kProject, "-f", folder_.path() / "compose.yaml"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    SpawnOptions options;
    options.environment = environment;
    return run(context_, argv, {}, options);
  }

  std::string host_;
  TemporaryFolder folder_;
  std::unique_ptr<engine::Client> client_;
  Context context_;
};

TEST_P(Converge, AnApplicationComesUpOnceAndGoesDownWhole) {
  const Outcome first = up(kShop);
  ASSERT_TRUE(first.ok()) << first.failure->message();
  EXPECT_EQ(state_of("bconv-web-2"), "running");
  EXPECT_EQ(state_of("bconv-job-1"), "exited");
  EXPECT_EQ(client_->stat_path(context_, engine::ContainerId("bconv-web-1"), "/etc/greeting")->size, 5);
  // Jobs that are done run again; nothing else happens.
  EXPECT_EQ(plan_text(kShop), "#1 start bconv-job-1\n");
  const State state = observe(context_, *client_, project(kShop));
  const Outcome down =
      execute(context_, *client_, plan_down(project(kShop), state, {.volumes = true, .timeout = kAtOnce}));
  ASSERT_TRUE(down.ok()) << down.failure->message();
  const State after = observe(context_, *client_, kProject);
  EXPECT_THAT(after.containers, IsEmpty());
  EXPECT_THAT(after.networks, IsEmpty());
  EXPECT_THAT(after.volumes, IsEmpty());
}

TEST_P(Converge, ARecreationKeepsAnonymousVolumesAndRestartsDependents) {
  ASSERT_TRUE(up(kShop).ok());
  const auto cache_of = [&] {
    for (const auto& mount : client_->inspect_container(context_, engine::ContainerId("bconv-db-1")).mounts) {
      if (mount.destination == "/cache") return mount.name;
    }
    return std::string();
  };
  const std::string cache = cache_of();
  const auto before = ids();
  const std::string changed = std::string(kShop).replace(kShop.find("  db:\n"), 6, "  db:\n    hostname: other\n");
  const Outcome outcome = up(changed, {.timeout = kAtOnce});
  ASSERT_TRUE(outcome.ok()) << outcome.failure->message();
  const auto now = ids();
  EXPECT_EQ(cache_of(), cache);
  EXPECT_NE(now.at("bconv-db-1"), before.at("bconv-db-1"));
  EXPECT_NE(now.at("bconv-side-1"), before.at("bconv-side-1"));
  EXPECT_EQ(now.at("bconv-web-1"), before.at("bconv-web-1"));
  EXPECT_EQ(state_of("bconv-web-1"), "running");
  EXPECT_EQ(now.size(), before.size());
}

TEST_P(Converge, AnUnhealthyDependencyIsToldWithItsLastProbe) {
  const Outcome outcome = up(R"(
services:
  db:
    image: berth/test:1
    healthcheck: {test: [CMD-SHELL, 'echo no disk; exit 3'], interval: 200ms, retries: 1}
  web: {image: 'berth/test:1', depends_on: {db: {condition: service_healthy}}}
)");
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.failure->message(), HasSubstr("container 'bconv-db-1' of service 'db' is unhealthy"));
  EXPECT_THAT(outcome.failure->message(), HasSubstr("no disk"));
  EXPECT_EQ(state_of("bconv-web-1"), "created");
}

TEST_P(Converge, DockerComposeAndBerthLeaveEachOthersContainersAlone) {
  ASSERT_TRUE(up(kShop).ok());
  const auto ours = ids();
  const auto theirs = docker_compose({"up", "-d"});
  if (!theirs) GTEST_SKIP() << "BERTH_PEERS names no folder with docker-compose";
  ASSERT_TRUE(theirs->status.ok()) << theirs->err;
  EXPECT_EQ(ids(), ours);
  ASSERT_TRUE(docker_compose({"down", "-v", "-t", "0"})->status.ok());
  EXPECT_THAT(ids(), IsEmpty());

  ASSERT_TRUE(docker_compose({"up", "-d"})->status.ok());
  const auto made_by_them = ids();
  EXPECT_EQ(plan_text(kShop), "#1 start bconv-job-1\n");
  ASSERT_TRUE(up(kShop).ok());
  EXPECT_EQ(ids(), made_by_them);
}

TEST_P(Converge, ACancelledUpIsFinishedByTheNext) {
  CancelSource cancel(context_);
  const auto stop_early = [&](const converge::Event& event) {
    if (event.kind == converge::Event::Kind::kDone && event.name == "bconv-db-1") cancel.cancel();
  };
  const Outcome broken_off = converge::up(cancel.context(), *client_, project(kShop), {}, {}, stop_early);
  ASSERT_FALSE(broken_off.ok());
  EXPECT_EQ(broken_off.failure->kind(), Kind::kCancelled);
  const Outcome outcome = up(kShop);
  ASSERT_TRUE(outcome.ok()) << outcome.failure->message();
  EXPECT_EQ(ids().size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(Engines, Converge, testing::Values(Generation::kOld, Generation::kNew), scenario::name_of);

}  // namespace
}  // namespace berth::scenario
