// What keeps an application running: rollbacks, releases, the keeper, jobs, and what doctor says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/client.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"
#include "scenario/shop.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class KeepTest : public OnMachine {
 protected:
  // three_webs(), whose port an ingress holds.
  void web(const std::string& image, const std::string& update, const std::string& command = "web") {
    user().compose_file(three_webs(image, update, command));
  }

  Output run(std::vector<std::string> words) { return user().compose(std::move(words)); }
  Output up(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"up", "-d", "-t", "1"});
    return run(std::move(more));
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, KeepTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(KeepTest, ARollbackBringsBackEveryContainerAndNoRequestFails) {
  for (const std::string order : {"start-first", "stop-first"}) {
    SCOPED_TRACE(order);
    const std::string update = "order: " + order + ", failure_action: rollback";
    web("berth/test:1", update + "}\n    x-berth: {ingress: true");
    ASSERT_EQ(up({"--wait"}).status.code, 0);
    const auto before = user().ids();
    const Client client(ip(), 18080, 100, false);
    web("berth/test:2", update + "}\n    x-berth: {ingress: true", kOnlyOne);
    const Output output = up();
    EXPECT_EQ(output.status.code, 4) << output.err;
    EXPECT_THAT(output.err, AllOf(HasSubstr("service 'web' is what it was before"), HasSubstr("exited with 7"),
                                  HasSubstr("shop-web-2 | there is only one")));
    EXPECT_EQ(user().ids(), before);
    EXPECT_THAT(user().states(), Each(Pair(testing::_, "running")));
    EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
    web("berth/test:1", update + "}\n    x-berth: {ingress: true");
    EXPECT_EQ(run({"plan"}).status.code, 0);
    user().clear();
  }
}

TEST_P(KeepTest, PauseKeepsTheRestOldAndContinueGoesOn) {
  for (const std::string action : {"pause", "continue"}) {
    SCOPED_TRACE(action);
    const std::string update = "order: start-first, failure_action: " + action;
    web("berth/test:1", update);
    ASSERT_EQ(up({"--wait"}).status.code, 0);
    const auto before = user().ids();
    web("berth/test:2", update, kOnlyOne);
    const Output output = up();
    EXPECT_EQ(output.status.code, 1) << output.err;
    EXPECT_THAT(output.err, HasSubstr("shop-web-2 | there is only one"));
    EXPECT_EQ(output.err.find("shop-web-3 |") != std::string::npos, action == "continue") << output.err;
    const auto after = user().ids();
    EXPECT_NE(after.at("shop-web-1"), before.at("shop-web-1"));
    EXPECT_EQ(after.at("shop-web-2"), before.at("shop-web-2"));
    EXPECT_EQ(after.at("shop-web-3"), before.at("shop-web-3"));
    user().clear();
  }
}

TEST_P(KeepTest, AReleaseIsReturnedToWithItsSecretsAndImages) {
  const auto shop = [&](const std::string& image, const std::string& secret) {
    user().write("key.txt", secret);
    user().compose_file("services:\n  web: {image: '" + image +
                        "', command: [web], secrets: [key]}\n  db: {image: 'berth/test:1'}\n"
                        "secrets: {key: {file: ./key.txt}}\n");
  };
  shop("berth/test:1", "old");
  ASSERT_EQ(up().status.code, 0);
  ASSERT_EQ(up().status.code, 0);  // is no release
  const std::string old_image = user().inspect("shop-web-1").image.value;
  const std::string db = user().ids().at("shop-db-1");
  shop("berth/test:2", "new");
  ASSERT_EQ(up().status.code, 0);
  EXPECT_EQ(user().in_container("shop-web-1", {"cat", "/run/secrets/key"}), "new");
  EXPECT_EQ(run({"history", "-q"}).out, "2\n1\n");
  EXPECT_THAT(run({"history"}).out, AllOf(HasSubstr("converged"), HasSubstr("web"), Not(HasSubstr("old"))));
  EXPECT_THAT(run({"history", "1"}).out, HasSubstr("image: berth/test:1"));

  const Output back = run({"rollback"});
  EXPECT_EQ(back.status.code, 0) << back.err;
  EXPECT_EQ(user().inspect("shop-web-1").image.value, old_image);
  EXPECT_EQ(user().in_container("shop-web-1", {"cat", "/run/secrets/key"}), "old");
  EXPECT_EQ(user().ids().at("shop-db-1"), db);
  EXPECT_THAT(run({"history"}).out, HasSubstr("returned to 1"));
  EXPECT_EQ(run({"rollback"}).status.code, 1);  // there is none before
  EXPECT_EQ(run({"rollback", "web", "--to", "2"}).status.code, 0);
  EXPECT_EQ(user().in_container("shop-web-1", {"cat", "/run/secrets/key"}), "new");
  EXPECT_EQ(user().ids().at("shop-db-1"), db);
}

TEST_P(KeepTest, ATagThatMovedIsReturnedToByItsImage) {
  engine::Client& engine = user().engine();
  const auto tag = [&](const std::string& image) { engine.tag_image(soon(), image, "berth/moving:1"); };
  tag("berth/test:1");
  user().compose_file("services: {web: {image: 'berth/moving:1', command: [web]}}");
  ASSERT_EQ(up().status.code, 0);
  const std::string before = user().inspect("shop-web-1").image.value;
  tag("berth/test:2");
  ASSERT_EQ(up().status.code, 0);
  EXPECT_NE(user().inspect("shop-web-1").image.value, before);
  const Output back = run({"rollback"});
  EXPECT_EQ(back.status.code, 0) << back.err;
  EXPECT_EQ(user().inspect("shop-web-1").image.value, before);
  user().clear();
  engine.remove_image(soon(), "berth/moving:1");
}

TEST_P(KeepTest, WhatIsUnhealthyIsRestartedThoughNobodyIsThere) {
  user().compose_file(R"(
services:
  web:
    image: berth/test:1
    tmpfs: [/run]
    healthcheck: {test: [CMD, test, '!', -e, /run/bad], interval: 200ms, retries: 1}
    x-berth: {restart_unhealthy: {delay: 1s}}
)");
  const Output output = up({"--wait"});
  ASSERT_EQ(output.status.code, 0) << output.err;
  EXPECT_EQ(up().status.code, 0);
  EXPECT_EQ(run({"plan"}).status.code, 0);
  EXPECT_THAT(run({"ps"}).out, Not(HasSubstr("keeper")));
  for (int i = 0; i < 2; ++i) {
    const auto before = user().inspect("shop-web-1").state.started_at;
    user().in_container("shop-web-1", {"touch", "/run/bad"});
    wait_until([&] {
      const auto state = user().inspect("shop-web-1").state;
      return state.started_at != before && state.health && state.health->status == "healthy";
    });
  }
  EXPECT_THAT(user().logs("shop-keeper"), HasSubstr("restart shop-web-1: it is unhealthy"));
  EXPECT_EQ(run({"stop", "-t", "0"}).status.code, 0);
  EXPECT_THAT(user().states(), Each(Pair(testing::_, "exited")));
  EXPECT_EQ(run({"down"}).status.code, 0);
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(KeepTest, JobsRunAtTheirTimesAndWhenAsked) {
  user().compose_file(R"(
services:
  backup:
    image: berth/test:1
    command: [sh, -c, 'echo saved; exit 3']
    x-berth: {schedule: '* * * * *'}
  migrate:
    image: berth/test:1
    command: [sh, -c, 'echo migrated']
    x-berth: {once: release}
)");
  ASSERT_EQ(up({"--wait"}).status.code, 0);
  const auto migrated = user().inspect("shop-migrate-1").state.started_at;
  EXPECT_EQ(up().status.code, 0);
  EXPECT_EQ(user().inspect("shop-migrate-1").state.started_at, migrated);
  EXPECT_THAT(run({"jobs", "ls"}).out, AllOf(HasSubstr("* * * * * (UTC)"), HasSubstr("once per release")));
  const Output now = run({"jobs", "run", "backup"});
  EXPECT_EQ(now.status.code, 3) << now.err;
  EXPECT_EQ(now.out, "saved\n");
  wait_until([&] { return user().logs("shop-keeper").find("run backup") != std::string::npos; });
  const auto first = user().inspect("shop-backup-1").state.started_at;
  const Context minute = Context().with_timeout(90s);
  while (user().inspect("shop-backup-1").state.started_at == first) minute.sleep_for(100ms);
  wait_until([&] { return user().states().at("shop-backup-1") == "exited"; });
  EXPECT_THAT(run({"jobs", "history", "backup"}).out, HasSubstr("exited (3)"));
  EXPECT_EQ(run({"jobs", "logs", "backup"}).out, "saved\n");
}

TEST_P(KeepTest, DoctorSaysWhatIsWrong) {
  user().compose_file("services: {web: {image: 'berth/test:1', ports: ['18200:80']}}");
  ASSERT_EQ(up().status.code, 0);
  const Output fine = run({"doctor"});
  EXPECT_EQ(fine.status.code, 0) << fine.out;
  user().clear();

  UserFolder other(host(), "other");
  other.compose_file("services: {web: {image: 'berth/test:1', ports: ['18200:80']}}");
  ASSERT_EQ(other.compose({"up", "-d"}).status.code, 0);
  user().compose_file(R"(
services:
  web: {image: 'berth/test:1', ports: ['18200:80']}
  db:
    image: berth/test:1
    healthcheck: {test: [CMD-SHELL, 'echo disk is full; exit 1'], interval: 200ms, retries: 1}
  app: {image: 'berth/test:1', depends_on: {db: {condition: service_healthy}}}
  broken: {image: 'berth/test:1', command: [sh, -c, 'echo no such table; exit 9']}
)");
  EXPECT_EQ(up().status.code, 1);
  wait_until([&] { return user().states().at("shop-broken-1") == "exited"; });
  const Output output = run({"doctor"});
  EXPECT_EQ(output.status.code, 1);
  EXPECT_THAT(output.out, AllOf(HasSubstr("18200/tcp, as container 'other-web-1' of project 'other' has it"),
                                HasSubstr("'shop-db-1' is unhealthy; its last probe ended with 1: disk is full"),
                                HasSubstr("'shop-app-1' waits for service 'db' to be healthy"),
                                HasSubstr("'shop-broken-1' exited with 9"), HasSubstr("  | no such table")));
  EXPECT_THAT(run({"doctor", "--format", "json"}).out, AllOf(HasSubstr("\"ok\":false"), HasSubstr("\"port-in-use\"")));
}

TEST_P(KeepTest, PublishedPortsOfReplicasBehindAnIngressAreListed) {
  web("berth/test:1", "order: start-first");
  ASSERT_EQ(up({"--wait"}).status.code, 0);
  EXPECT_THAT(run({"ps", "--format", "{{.Name}} {{.Ports}}"}).out, HasSubstr("shop-web-1 0.0.0.0:18080->80/tcp"));
  EXPECT_THAT(run({"port", "web", "80"}).out, HasSubstr(":18080"));
}

}  // namespace
}  // namespace berth::scenario
