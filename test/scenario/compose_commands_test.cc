// The commands of `berth compose` beside up and down, on real engines of both generations. What they did is asked of
// the engine.
#include <atomic>
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "scenario/bad_proxy.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::string_view kShop = R"(
services:
  web: {image: 'berth/test:1', scale: 2}
  job: {image: 'berth/test:1', command: [sh, -c, 'until [ -e /go ]; do usleep 50000; done; exit 3']}
)";

class ComposeCommands : public OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    user().compose_file(kShop);
    must({"up", "-d", "web"});
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeCommands, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeCommands, PauseAndUnpauseHoldContainersStill) {
  must({"--dry-run", "pause"});
  EXPECT_THAT(user().states(), Each(Pair(testing::_, "running")));
  must({"pause", "web"});
  EXPECT_THAT(user().states(), Each(Pair(testing::_, "paused")));
  must({"unpause"});
  EXPECT_THAT(user().states(), Each(Pair(testing::_, "running")));
}

TEST_P(ComposeCommands, ScaleMakesAndRemovesReplicas) {
  must({"scale", "web=3"});
  EXPECT_THAT(user().states(), UnorderedElementsAre(Key("shop-web-1"), Key("shop-web-2"), Key("shop-web-3")));
  must({"scale", "web=1"});
  EXPECT_THAT(user().states(), ElementsAre(Key("shop-web-1")));
  EXPECT_THAT(user().compose({"scale", "web"}).err, HasSubstr("invalid scale specifier: web"));
}

TEST_P(ComposeCommands, WaitEndsWithTheContainersExitCode) {
  std::atomic<bool> waits;  // the engine has been asked to tell of the end
  const BadProxy proxy(user().engine_socket(), [&](const BadProxy::Call& call) {
    if (call.target.find("/wait") != std::string::npos) waits = true;
    return BadProxy::Fate{};
  });
  user().environment.set("DOCKER_HOST", proxy.docker_host());
  for (const bool down : {false, true}) {
    must({"up", "-d", "job"});
    waits = false;
    auto wait = user().start_compose(down ? std::vector<std::string>{"wait", "--down-project", "job"}
                                          : std::vector<std::string>{"wait", "job"});
    wait_until([&] { return waits.load(); });
    must({"exec", "job", "touch", "/go"});
    EXPECT_EQ(wait.wait().code, 3) << wait.err();
    EXPECT_EQ(user().states().empty(), down);
    if (!down) must({"rm", "-f", "job"});
  }
}

TEST_P(ComposeCommands, FilesAndFoldersAreCopiedBothWays) {
  user().write("from/a", "one");
  user().write("from/sub/b", "two");
  must({"cp", "from", "web:/new"});
  must({"cp", "from", "web:/new"});  // the folder is there now: into it
  must({"cp", "from/.", "web:/flat"});
  for (const char* container : {"shop-web-1", "shop-web-2"}) {
    EXPECT_EQ(user().in_container(container, {"cat", "/new/a", "/new/from/sub/b", "/flat/sub/b"}), "onetwotwo");
  }
  must({"cp", "--index", "2", "from/a", "web:/only"});
  EXPECT_EQ(user().in_container("shop-web-2", {"cat", "/only"}), "one");
  EXPECT_EQ(user().in_container("shop-web-1", {"ls", "/"}).find("only"), std::string::npos);

  must({"cp", "web:/new", "back"});
  EXPECT_EQ(read_file(user().path() / "back/from/sub/b"), "two");
  EXPECT_EQ(user().compose({"cp", "web:/none", "x"}).status.code, 1);
  EXPECT_FALSE(std::filesystem::exists(user().path() / "x"));
  EXPECT_EQ(user().compose({"cp", "a", "b"}).status.code, 1);
}

TEST_P(ComposeCommands, CommitAndExportKeepWhatAContainerHas) {
  must({"exec", "web", "sh", "-c", "echo kept > /kept"});
  must({"commit", "--change", "ENV KEPT=yes", "web", "shop/kept:1"});
  EXPECT_TRUE(user().engine().find_image(soon(), "shop/kept:1"));
  must({"export", "-o", "web.tar", "web"});
  EXPECT_THAT(read_file(user().path() / "web.tar"), HasSubstr("kept"));
  user().engine().remove_image(soon(), "shop/kept:1");
}

TEST_P(ComposeCommands, StatsAndVolumesAreTables) {
  EXPECT_THAT(must({"stats", "--no-stream"}),
              AllOf(HasSubstr("CPU %"), HasSubstr("shop-web-1"), HasSubstr("shop-web-2")));
  EXPECT_THAT(must({"stats", "--no-stream", "--format", "json"}), HasSubstr("\"Name\":\"shop-web-1\""));
  EXPECT_THAT(must({"volumes"}), HasSubstr("VOLUME NAME"));
}

TEST_P(ComposeCommands, EventsAreThoseOfTheProject) {
  auto events = user().start_compose({"events", "--json"});
  // What comes before it follows is not told.
  wait_until([&] {
    must({"restart", "-t", "0", "web"});
    return events.out().find("\"action\":\"start\"") != std::string::npos;
  });
  EXPECT_THAT(events.out(), AllOf(HasSubstr("\"service\":\"web\""), HasSubstr("\"type\":\"container\"")));
  events.child.kill(SIGINT);
  EXPECT_EQ(events.wait().code, 130);
}

TEST_P(ComposeCommands, WatchBringsChangesIntoContainers) {
  user().clear();
  user().compose_file(R"(
services:
  web:
    build: app
    develop:
      watch:
        - {action: sync, path: app/src, target: /src, ignore: [skip/]}
        - {action: sync+restart, path: app/conf, target: /conf}
        - {action: sync+exec, path: app/hot, target: /hot, exec: {command: sh -c 'cat /hot/h >> /told', user: root}}
        - {action: rebuild, path: app/Dockerfile}
)");
  user().write("app/Dockerfile", "FROM berth/test:1\nCOPY src /src\n");
  user().write("app/src/text", "one");
  user().write("app/conf/c", "one");
  user().write("app/hot/h", "one");
  auto watch = user().start_compose({"watch"});
  watch.says("Watch enabled");
  const auto in_web = [&](const std::string& script) {
    return user().in_container("shop-web-1", {"sh", "-c", script});
  };

  user().write("app/src/skip/text", "skipped");
  user().write("app/src/text", "two");
  user().write("app/src/new/text", "new");
  wait_until([&] { return in_web("cat /src/text /src/new/text 2>/dev/null") == "twonew"; });
  EXPECT_EQ(in_web("ls /src/skip 2>/dev/null"), "");
  std::filesystem::remove(user().path() / "app/src/new/text");
  wait_until([&] { return in_web("ls /src/new") == ""; });

  user().write("app/hot/h", "two");
  wait_until([&] { return in_web("cat /told 2>/dev/null") == "two"; });

  const auto started = user().inspect("shop-web-1").state.started_at;
  user().write("app/conf/c", "two");
  wait_until([&] { return user().inspect("shop-web-1").state.started_at != started; });
  wait_until([&] { return user().states()["shop-web-1"] == "running"; });
  EXPECT_EQ(in_web("cat /conf/c"), "two");

  const auto before = user().ids()["shop-web-1"];
  user().write("app/Dockerfile", "FROM berth/test:1\nCOPY src /src\nRUN touch /built\n");
  watch.says("successfully built");
  EXPECT_NE(user().ids()["shop-web-1"], before);
  EXPECT_EQ(in_web("ls /built"), "/built\n");
  watch.child.kill(SIGINT);
  EXPECT_EQ(watch.wait().code, 130);
  const engine::Filters replaced = {{"dangling", "true"}, {"label", "com.docker.compose.project=shop"}};
  EXPECT_TRUE(user().engine().list_images(soon(), {.filters = replaced}).empty());
  must({"down", "-t", "0", "--rmi", "local"});
}

TEST_P(ComposeCommands, UpWatchesBesideTheLogs) {
  user().clear();
  user().compose_file(R"(
services:
  web:
    build: app
    command: [sh, -c, 'cat /src/text; exec idle']
    develop:
      watch:
        - {action: sync+restart, path: app/src, target: /src}
        - {action: rebuild, path: app/Dockerfile}
)");
  user().write("app/Dockerfile", "FROM berth/test:1\nCOPY src /src\n");
  user().write("app/src/text", "one\n");
  EXPECT_EQ(user().compose({"up", "--watch", "-d"}).status.code, 1);
  auto up = user().start_compose({"up", "-w"});
  up.says("Watch enabled");
  up.says("| one");
  user().write("app/src/text", "two\n");
  up.says("| two");
  user().write("app/Dockerfile", "FROM berth/test:1\nRUN mkdir /src && echo three > /src/text\n");
  up.says("| three");
  up.child.kill(SIGINT);
  EXPECT_EQ(up.wait().code, 130);
  EXPECT_THAT(user().states(), Each(Pair(testing::_, "exited")));
  must({"down", "-t", "0", "--rmi", "local"});
}

TEST_P(ComposeCommands, APushThatFailsNamesTheImageAndCanBePassedOver) {
  user().write("app/Dockerfile", "FROM berth/test:1\n");
  user().compose_file("services: {app: {build: app, image: '127.0.0.1:1/app:1'}}");
  must({"build"});
  const Output failed = user().compose({"push"});
  EXPECT_EQ(failed.status.code, 1);
  EXPECT_THAT(failed.err, HasSubstr("127.0.0.1:1/app:1"));
  must({"push", "--ignore-push-failures"});
  user().engine().remove_image(soon(), "127.0.0.1:1/app:1");
}

}  // namespace
}  // namespace berth::scenario
