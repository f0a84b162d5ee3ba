// Attributes of the Compose Specification that do more than fill in a request, on real engines of both generations.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/fixtures.h"

namespace berth::scenario {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ComposeSpec : public OnEngine {
 protected:
  std::string must_fail(std::vector<std::string> words) {
    const Output output = user().compose(words);
    EXPECT_NE(output.status.code, 0) << join(words, " ") << "\n" << output.out;
    return output.err;
  }
  // The text of a file of the container.
  std::string file(const std::string& container, const std::string& path) {
    return user().in_container(container, {"sh", "-c", "cat " + path + " 2>/dev/null; true"});
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeSpec, testing::Values(Generation::kOld, Generation::kNew), name_of);

constexpr std::string_view kHooked = R"(
services:
  web:
    image: berth/test:1
    volumes: ['seen:/seen']
    post_start:
      - command: sh -c 'echo "$$(id -u) $$PWD $$WHO" >> /tmp/post; chmod a+r /tmp/post'
        user: '1'
        working_dir: /etc
        environment: {WHO: hook}
      - command: [sh, -c, 'echo ready; [ ! -e /seen/fail ]']
    pre_stop:
      - command: [sh, -c, 'echo stop >> /seen/pre; [ ! -e /seen/stay ]']
  after:
    image: berth/test:1
    attach: false
    volumes: ['seen:/seen']
    depends_on: [web]
volumes: {seen: {}}
)";

TEST_P(ComposeSpec, HooksRunAfterEveryStartAndBeforeEveryStop) {
  user().compose_file(kHooked);
  must({"up", "-d"});
  EXPECT_EQ(file("shop-web-1", "/tmp/post"), "1 /etc hook\n");
  must({"restart", "-t", "0", "web"});
  EXPECT_EQ(file("shop-web-1", "/tmp/post"), "1 /etc hook\n1 /etc hook\n");
  EXPECT_EQ(file("shop-after-1", "/seen/pre"), "stop\n");
  must({"stop", "-t", "0", "web"});
  must({"start", "web"});
  EXPECT_EQ(file("shop-after-1", "/seen/pre"), "stop\nstop\n");
  must({"up", "-d", "-t", "0", "--force-recreate", "web"});
  EXPECT_EQ(file("shop-after-1", "/seen/pre"), "stop\nstop\nstop\n");
  EXPECT_EQ(file("shop-web-1", "/tmp/post"), "1 /etc hook\n");
  EXPECT_THAT(user().compose({"up", "--dry-run", "-d", "--force-recreate"}).err,
              AllOf(HasSubstr("Hook shop-web-1 pre_stop 1"), HasSubstr("Hook shop-web-1 post_start 2")));
  must({"down", "-t", "0", "-v"});
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(ComposeSpec, AHookThatFailsIsNamedAndWhatComesAfterItIsLeft) {
  user().compose_file(kHooked);
  must({"run", "--rm", "--no-deps", "-T", "after", "touch", "/seen/fail"});
  EXPECT_THAT(must_fail({"up", "-d"}),
              HasSubstr("post_start hook 'sh -c echo ready; [ ! -e /seen/fail ]' of container 'shop-web-1' ended with "
                        "code 1:\nready"));
  EXPECT_EQ(user().states()["shop-web-1"], "exited");
  EXPECT_EQ(user().states()["shop-after-1"], "created");
  must({"run", "--rm", "--no-deps", "-T", "after", "rm", "/seen/fail"});
  must({"up", "-d"});
  EXPECT_EQ(user().states()["shop-after-1"], "running");

  must({"exec", "-T", "after", "touch", "/seen/stay"});
  EXPECT_THAT(must_fail({"stop", "-t", "0"}), HasSubstr("pre_stop hook"));
  EXPECT_EQ(user().states()["shop-web-1"], "running");
  must({"exec", "-T", "web", "rm", "/seen/stay"});
  must({"down", "-t", "0", "-v"});
}

TEST_P(ComposeSpec, AnAttachedUpShowsWhatHooksSay) {
  user().compose_file(kHooked);
  auto up = user().start_compose({"up", "-t", "0"});
  up.says("ready");
  EXPECT_THAT(up.out(), AllOf(HasSubstr("web-1 ->"), HasSubstr("Attaching to web\n")));
  wait_until([&] { return user().states()["shop-after-1"] == "running"; });
  up.child.kill(SIGINT);
  up.wait();
  must({"down", "-t", "0", "-v"});
}

constexpr std::string_view kPrepared = R"yaml(
services:
  web:
    image: berth/test:1
    scale: 2
    user: '1'
    volumes: ['data:/data']
    configs: [{source: note, target: /note}]
    depends_on: {db: {condition: service_healthy}}
    pre_start:
      - {command: [sh, -c, 'echo preparing; chmod 777 /data'], user: '0'}
      - {command: [sh, -c, 'nslookup db > /dev/null && echo "$$WHO $$(cat /note)" >> /data/log; [ ! -e /data/fail ]'], environment: {WHO: shared}}
      - {command: [sh, -c, 'echo own >> /data/log'], per_replica: true}
    command: [sh, -c, 'echo web >> /data/log; sleep infinity']
  db:
    image: berth/test:1
    healthcheck: {test: 'true', interval: 1s}
configs: {note: {content: from the file}}
volumes: {data: {}}
)yaml";

TEST_P(ComposeSpec, WhatAServiceNeedsBeforeItsStartRunsInContainersOfItsOwn) {
  user().compose_file(kPrepared);
  const auto log = [this] { return file("shop-web-1", "/data/log"); };
  const auto lines = [&] { return std::ranges::count(log(), '\n'); };
  must({"up", "-d"});
  wait_until([&] { return lines() == 5; });
  EXPECT_THAT(log(), AllOf(testing::StartsWith("shared from the file\nown\nown\n"), HasSubstr("web\nweb\n")));
  EXPECT_THAT(user().objects(), ElementsAre("container shop-db-1", "container shop-web-1", "container shop-web-2",
                                            "network shop_default", "volume shop_data"));
  must({"up", "-d"});
  must({"restart", "-t", "0", "web"});
  wait_until([&] { return lines() == 7; });
  must({"up", "-d", "--scale", "web=3"});
  wait_until([&] { return lines() == 9; });
  EXPECT_THAT(log(), testing::EndsWith("own\nweb\n"));
  must({"down", "-t", "0", "-v"});
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(ComposeSpec, AServiceIsNotStartedWhenItsPreparationFails) {
  user().compose_file(kPrepared);
  must({"run", "--rm", "--no-deps", "-T", "--user", "0", "web", "touch", "/data/fail"});
  const std::string failed = must_fail({"up", "-d"});
  EXPECT_THAT(failed, AllOf(HasSubstr("pre_start hook 'sh -c nslookup"),
                            HasSubstr("of container 'shop-web-pre_start-1', which is kept, ended with code 1")));
  EXPECT_EQ(user().states()["shop-web-1"], "created");
  EXPECT_EQ(user().states()["shop-web-pre_start-1"], "exited");
  EXPECT_THAT(must({"ps", "-q"}), Not(HasSubstr(user().ids()["shop-web-pre_start-1"])));
  must({"run", "--rm", "--no-deps", "-T", "--user", "0", "web", "rm", "/data/fail"});
  must({"up", "-d"});
  EXPECT_EQ(user().states()["shop-web-2"], "running");
  EXPECT_FALSE(user().states().contains("shop-web-pre_start-1"));
  must({"down", "-t", "0", "-v"});
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(ComposeSpec, APreparationEndsWithCtrlCAndAnAttachedUpShowsWhatItSays) {
  user().compose_file(
      "services: {web: {image: 'berth/test:1', pre_start: [{command: [sh, -c, 'echo preparing; sleep infinity']}]}}");
  auto up = user().start_compose({"up", "-t", "0"});
  up.says("preparing");
  EXPECT_THAT(up.out(), HasSubstr("web-pre_start-0 ->"));
  up.child.kill(SIGINT);
  EXPECT_EQ(up.wait().code, 130);
  EXPECT_EQ(user().states(), (std::map<std::string, std::string>{{"shop-web-1", "created"}}));
  must({"down", "-t", "0"});
}

TEST_P(ComposeSpec, ContainersAndBuildsGetTheProxiesOfDockersConfig) {
  user().write(Path("home") / "config.json", R"({"proxies": {"default": {"httpProxy": "http://proxy.example:3128"}}})");
  user().environment.set("DOCKER_CONFIG", (user().path() / "home").string());
  user().environment.set("PATH", "/usr/bin:/bin");
  user().write("Dockerfile", "FROM berth/test:1\nRUN echo \"$HTTP_PROXY\" > /built-with\n");
  user().compose_file(
      "services: {web: {build: .}, own: {image: 'berth/test:1', environment: {http_proxy: http://other.example}}}");
  must({"up", "-d"});
  const std::vector<std::string> ask = {"sh", "-c", "cat /built-with 2> /dev/null; echo $HTTP_PROXY $http_proxy"};
  EXPECT_EQ(user().in_container("shop-web-1", ask),
            "http://proxy.example:3128\nhttp://proxy.example:3128 http://proxy.example:3128\n");
  EXPECT_EQ(user().in_container("shop-own-1", ask), "http://proxy.example:3128 http://other.example\n");
  must({"down", "-t", "0", "--rmi", "local"});
}

// A provider that gives the address of the file beside its list of calls.
class ComposeProviders : public ComposeSpec {
 protected:
  void SetUp() override {
    ComposeSpec::SetUp();
    user().write(Path("bin") / "cloud", R"sh(#!/bin/sh
echo "$*" >> "$CLOUD_CALLS"
case "$*" in *metadata) exit 1 ;; esac
echo '{"type": "info", "message": "working on it"}'
[ ! -e "$CLOUD_CALLS.fail" ] || { echo '{"type": "error", "message": "no money"}'; exit 1; }
case "$*" in *" up "*) echo '{"type": "setenv", "message": "URL='"$(cat "$CLOUD_CALLS.url")"'"}' ;; esac
)sh",
                 0755);
    gives("http://cloud");
    user().environment.set("CLOUD_CALLS", calls().string());
    user().environment.set("PATH", (user().path() / "bin").string() + ":" + user().environment.get_or("PATH", ""));
  }

  Path calls() { return user().path() / "calls"; }
  void gives(const std::string& url) { user().write("calls.url", url); }
  std::string url_in(const std::string& container) {
    return user().in_container(container, {"sh", "-c", "echo -n $MY_DB_URL"});
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeProviders, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeProviders, AProviderMakesAServiceAndTellsItsDependents) {
  user().compose_file(R"(
services:
  my-db: {provider: {type: cloud, options: {size: 3, name: [b, a]}}}
  app: {image: 'berth/test:1', depends_on: [my-db]}
)");
  EXPECT_THAT(user().compose({"up", "--dry-run", "-d"}).err, HasSubstr("Provider my-db"));
  EXPECT_FALSE(std::filesystem::exists(calls()));

  EXPECT_THAT(user().compose({"--progress", "plain", "up", "-d"}).err, HasSubstr("working on it"));
  EXPECT_EQ(read_file(calls()), "compose metadata\ncompose --project-name=shop up --name=b --name=a --size=3 my-db\n");
  EXPECT_EQ(url_in("shop-app-1"), "http://cloud");
  const auto id = user().ids()["shop-app-1"];
  must({"up", "-d"});
  EXPECT_EQ(user().ids()["shop-app-1"], id);
  EXPECT_EQ(must({"run", "--rm", "-T", "app", "sh", "-c", "echo $MY_DB_URL"}), "http://cloud\n");

  user().write("calls.fail", "");
  EXPECT_THAT(must_fail({"up", "-d"}), AllOf(HasSubstr("provider 'cloud' of service 'my-db'"), HasSubstr("no money")));
  std::filesystem::remove(user().path() / "calls.fail");
  must({"down", "-t", "0"});
  EXPECT_THAT(read_file(calls()), HasSubstr("compose --project-name=shop down --name=b --name=a --size=3 my-db\n"));
  EXPECT_THAT(user().objects(), IsEmpty());

  user().environment.set("PATH", "/usr/bin:/bin");
  EXPECT_THAT(must_fail({"up", "-d"}), AllOf(HasSubstr("docker-cloud"), HasSubstr("on PATH (/usr/bin:/bin)")));
}

TEST_P(ComposeProviders, AVariableThatChangesMakesDependentsAnew) {
  user().compose_file(R"(
services:
  my-db: {provider: {type: cloud}}
  app: {image: 'berth/test:1', scale: 2, depends_on: [my-db], deploy: {update_config: {order: start-first}}}
  other: {image: 'berth/test:1'}
)");
  must({"up", "-d"});
  auto ids = user().ids();
  const auto plan = user().compose({"plan"});
  EXPECT_EQ(plan.status.code, 2);
  EXPECT_THAT(plan.out, HasSubstr("Plan: no container changes."));
  EXPECT_THAT(plan.err, HasSubstr("if it has changed, shop-app-1, shop-app-2 are recreated"));
  must({"up", "-d"});
  EXPECT_EQ(user().ids(), ids);

  gives("http://other");
  EXPECT_THAT(user().compose({"up", "-d", "--dry-run"}).err, HasSubstr("if it has changed, shop-app-1, shop-app-2"));
  must({"up", "-d", "--no-deps", "app"});
  EXPECT_EQ(user().ids(), ids);
  must({"up", "-d"});
  for (const char* name : {"shop-app-1", "shop-app-2"}) {
    EXPECT_NE(user().ids()[name], ids[name]);
    EXPECT_EQ(url_in(name), "http://other");
  }
  EXPECT_EQ(user().ids()["shop-other-1"], ids["shop-other-1"]);
  ids = user().ids();
  must({"up", "-d"});
  EXPECT_EQ(user().ids(), ids);

  must({"scale", "app=3"});
  EXPECT_EQ(url_in("shop-app-3"), "http://other");
  EXPECT_EQ(user().ids()["shop-app-1"], ids["shop-app-1"]);
  gives("http://third");
  must({"create"});
  must({"start"});
  EXPECT_EQ(url_in("shop-app-1"), "http://third");
  EXPECT_EQ(must({"run", "--rm", "-T", "-e", "MY_DB_URL=mine", "app", "sh", "-c", "echo $MY_DB_URL"}), "mine\n");
  must({"down", "-t", "0"});
  EXPECT_THAT(user().objects(), IsEmpty());
}

TEST_P(ComposeProviders, ARollbackOfAServiceHasItsProvidersRun) {
  const std::string file =
      "services: {my-db: {provider: {type: cloud}}, app: {image: 'berth/test:1', NEW "
      "depends_on: [my-db]}}";
  user().compose_file(replace_all(file, "NEW", ""));
  must({"up", "-d"});
  user().compose_file(replace_all(file, "NEW", "stop_grace_period: 2s,"));
  must({"up", "-d"});
  gives("http://other");
  const auto id = user().ids()["shop-app-1"];
  must({"rollback", "-t", "0", "app"});
  EXPECT_NE(user().ids()["shop-app-1"], id);
  EXPECT_EQ(url_in("shop-app-1"), "http://other");
  must({"down", "-t", "0"});
}

TEST_P(ComposeProviders, AProviderThatFailsLeavesContainersAsTheyAre) {
  user().compose_file(R"(
services:
  my-db: {provider: {type: cloud}}
  app: {image: 'berth/test:1', depends_on: [my-db]}
  other: {image: 'berth/test:1'}
)");
  user().write("calls.fail", "");
  EXPECT_THAT(must_fail({"up", "-d"}), HasSubstr("no money"));
  EXPECT_THAT(user().states(), IsEmpty());

  user().compose_file(R"(
services:
  my-db: {provider: {type: cloud}}
  app: {image: 'berth/test:1', depends_on: {my-db: {condition: service_started, required: false}}}
)");
  const Output without = user().compose({"--progress", "plain", "up", "-d"});
  EXPECT_EQ(without.status.code, 0);
  EXPECT_THAT(without.err, HasSubstr("no money"));
  EXPECT_EQ(url_in("shop-app-1"), "");
  const auto id = user().ids()["shop-app-1"];
  std::filesystem::remove(user().path() / "calls.fail");
  must({"up", "-d"});
  EXPECT_NE(user().ids()["shop-app-1"], id);
  EXPECT_EQ(url_in("shop-app-1"), "http://cloud");
  must({"down", "-t", "0"});
}

// Docker's plugin for models as it answers compose: what it tells of models on standard error, what it downloads on
// standard output. It knows the calls that it should get, and no others.
constexpr std::string_view kModelPlugin = R"(#!/bin/sh
if [ "$*" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion": "0.1.0", "Vendor": "Docker Inc.", "Version": "v1.0.0"}'
  exit 0
fi
echo "$*" >> "$MODELS/calls"
[ -z "$DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND" ] && [ -n "$DOCKER_HOST" ] || exit 9
case "$*" in
  'ls --json')
    [ ! -e "$MODELS/llm" ] || tag='"ai/smollm2:1"'
    printf '[\n    {\n        "id": "sha256:354bf30d0aa3",\n        "tags": [%s],\n        "created": 1\n    }\n]\n' "$tag" >&2 ;;
  'pull ai/smollm2:1')
    echo 'Downloaded 1.00MB of 2.00MB'
    [ ! -e "$MODELS/fail" ] || { echo 'Error: error pulling model: no space left' >&2; exit 1; }
    touch "$MODELS/llm"
    echo 'Model pulled successfully' >&2 ;;
  'configure --context-size 1024 ai/smollm2:1 -- --a --b=1') ;;
  'status --json')
    [ ! -e "$MODELS/new" ] || echo 'Starting model runner container docker-model-runner...' >&2
    echo '{"running":true,"backends":{"llama.cpp":"running"},"endpoint":"http://172.17.0.1:'$(cat "$MODELS/port")'/engines/v1/"}' ;;
  *) echo "unknown call: $*" >&2; exit 1 ;;
esac
)";

class ComposeModels : public ComposeSpec {
 protected:
  void SetUp() override {
    ComposeSpec::SetUp();
    if (IsSkipped()) return;
    user().write(plugin_, kModelPlugin, 0755);
    user().write(Path("models") / "port", "12434");
    user().environment.set("DOCKER_CONFIG", (user().path() / "docker").string());
    user().environment.set("MODELS", models().string());
    user().compose_file(R"(
services:
  chat: {image: 'berth/test:1', models: [my-llm]}
  other: {image: 'berth/test:1', models: {my-llm: {endpoint_var: AI, model_var: AI_NAME}}}
models:
  my-llm: {model: 'ai/smollm2:1', context_size: 1024, runtime_flags: [--a, --b=1]}
  unused: {model: ai/unused}
)");
  }
  // What the plugin knows of its models, and the calls that it got.
  Path models() { return user().path() / "models"; }
  std::string calls() { return read_file(models() / "calls"); }
  std::string told(const std::string& container) {
    return user().in_container(container, {"sh", "-c", "echo $MY_LLM_URL $MY_LLM_MODEL $AI $AI_NAME"});
  }

  const Path plugin_ = Path("docker") / "cli-plugins" / "docker-model";
  const std::string all_calls_ =
      "ls --json\npull ai/smollm2:1\nconfigure --context-size 1024 ai/smollm2:1 -- --a --b=1\nstatus --json\n";
  const std::string address_ = "http://172.17.0.1:12434/engines/v1/ ai/smollm2:1\n";
};

INSTANTIATE_TEST_SUITE_P(Engines, ComposeModels, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(ComposeModels, AreServedByDockersPluginAndServicesAreToldWhere) {
  EXPECT_THAT(user().compose({"up", "--dry-run", "-d"}).err, HasSubstr("Model my-llm"));
  EXPECT_THAT(user().compose({"plan"}).out, HasSubstr("create shop-chat-1"));
  EXPECT_FALSE(std::filesystem::exists(models() / "calls"));

  // With a runner that the plugin makes first, and as docker's CLI runs its plugins.
  user().write(Path("models") / "new", "");
  user().environment.set("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND", "docker");
  EXPECT_THAT(user().compose({"--progress", "plain", "up", "-d"}).err,
              AllOf(HasSubstr("ai/smollm2:1  Pulling"), HasSubstr("Model my-llm  Configured")));
  user().environment.unset("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND");
  EXPECT_EQ(calls(), all_calls_);
  EXPECT_EQ(told("shop-chat-1"), address_);
  EXPECT_EQ(told("shop-other-1"), address_);

  const auto ids = user().ids();
  std::filesystem::remove(models() / "calls");
  user().write(Path("models") / "port", "1");
  must({"up", "-d"});
  EXPECT_EQ(user().ids(), ids);
  EXPECT_EQ(calls(), replace_all(all_calls_, "pull ai/smollm2:1\n", ""));
  EXPECT_EQ(must({"run", "--rm", "-T", "chat", "sh", "-c", "echo $MY_LLM_URL $MY_LLM_MODEL"}),
            "http://172.17.0.1:1/engines/v1/ ai/smollm2:1\n");
  must({"down", "-t", "0"});
}

TEST_P(ComposeModels, ThatCannotBeServedSayWhy) {
  user().write(Path("models") / "fail", "");
  EXPECT_THAT(must_fail({"up", "-d"}),
              AllOf(HasSubstr("model 'my-llm'"), HasSubstr("pull ai/smollm2:1"), HasSubstr("no space left")));
  EXPECT_FALSE(user().states().contains("shop-chat-1"));

  std::filesystem::remove(user().path() / plugin_);
  EXPECT_THAT(must_fail({"up", "-d"}), AllOf(HasSubstr("docker-model"), HasSubstr("install it")));
  EXPECT_EQ(must({"config", "--models"}), "ai/smollm2:1\n");
}

TEST_P(ComposeModels, AreAskedForAsDockerComposeDoesIt) {
  const auto up = user().docker_compose({"up", "-d"});
  if (!up) GTEST_SKIP() << "no docker compose in $BERTH_PEERS";
  ASSERT_EQ(up->status.code, 0) << up->err;
  // It asks for the address at any time, ours when the model is there.
  std::vector<std::string> both[] = {split(calls(), '\n'), split(all_calls_, '\n')};
  for (auto& each : both) std::sort(each.begin(), each.end());
  EXPECT_EQ(both[0], both[1]);
  EXPECT_EQ(told("shop-chat-1"), address_);
  EXPECT_EQ(told("shop-other-1"), address_);
  must({"down", "-t", "0"});
}

TEST_P(ComposeSpec, AServiceMayTalkToItsEngine) {
  user().write(Path("home") / "config.json", R"({"auths": {"reg.example": {"auth": "bWU6cHc="}}})");
  user().environment.set("DOCKER_CONFIG", (user().path() / "home").string());
  user().compose_file("services: {web: {image: 'berth/test:1', use_api_socket: true}}");
  must({"up", "-d"});
  EXPECT_THAT(
      user().in_container("shop-web-1", {"sh", "-c", "[ -S /var/run/docker.sock ] && cat $DOCKER_CONFIG/config.json"}),
      AllOf(HasSubstr("reg.example"), HasSubstr("bWU6cHc=")));
  const auto id = user().ids()["shop-web-1"];
  must({"up", "-d"});
  EXPECT_EQ(user().ids()["shop-web-1"], id);
  EXPECT_THAT(user().compose({"config"}).out, Not(HasSubstr("bWU6cHc=")));
}

}  // namespace
}  // namespace berth::scenario
