#include "converge/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"

namespace berth::converge {
namespace {

using testing::after_up;
using ::testing::ElementsAre;
using testing::engine_with;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::project;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kProvided = R"(
services:
  db: {provider: {type: cloud, options: {size: 3, name: [b, a]}}}
  app: {image: 'app:1', network_mode: none, depends_on: [db]}
  front: {image: 'app:1', network_mode: none, depends_on: [app]}
)";

State engine() { return engine_with({"app:1"}); }
std::string lines(const Plan& plan) { return "\n" + text(plan); }

RunProvider run(RunProvider::Command command = RunProvider::Command::kUp) {
  return {.service = "db",
          .project = "shop",
          .command = command,
          .provider = {.type = "cloud", .options = {{"size", {"3"}}, {"name", {"b", "a"}}}},
          .environment = {}};
}

TEST(Provider, RunsBeforeItsDependentsAreMadeAndHasNoContainer) {
  const Plan plan = reconcile(project(kProvided), engine());
  EXPECT_EQ(lines(plan), R"(
#1 run provider cloud compose --project-name=shop up --name=b --name=a --size=3 db
#2 create shop-app-1 after #1
#3 create shop-front-1
#4 start shop-app-1 after #1, #2
#5 start shop-front-1 after #3, #4
)");
  EXPECT_THAT(std::get<CreateContainer>(plan.operations[1].action).variables,
              ElementsAre(LateVariables{.given_by = OperationNumber{1}, .name = {}}));
  EXPECT_THAT(std::get<CreateContainer>(plan.operations[2].action).variables, IsEmpty());
}

TEST(Provider, RunsAtEveryUpAndWhatIsAsItShouldBeStays) {
  EXPECT_EQ(lines(reconcile(project(kProvided), after_up(engine(), kProvided))), R"(
#1 run provider cloud compose --project-name=shop up --name=b --name=a --size=3 db
)");
}

TEST(Provider, GoesAfterItsDependents) {
  EXPECT_EQ(lines(plan_down(project(kProvided), after_up(engine(), kProvided))), R"(
#1 stop shop-front-1
#2 remove shop-front-1 after #1
#3 stop shop-app-1 after #1
#4 remove shop-app-1 after #3
#5 run provider cloud compose --project-name=shop down --name=b --name=a --size=3 db after #2, #4
)");
}

TEST(Provider, GetsTheOptionsThatItSaysTheCommandTakes) {
  const auto options = parse_provider_metadata(
      R"({"description": "d", "up": {"parameters": [{"name": "size", "required": true}]}, "down": {"parameters": []}})");
  EXPECT_EQ(join(provider_arguments(run(), options), " "), "compose --project-name=shop up --size=3 db");
  EXPECT_EQ(join(provider_arguments(run(RunProvider::Command::kDown), options), " "),
            "compose --project-name=shop down db");
  EXPECT_EQ(parse_provider_metadata("usage: cloud"), std::nullopt);
  EXPECT_EQ(parse_provider_metadata("{}"), std::nullopt);
}

TEST(Provider, AnOptionThatItRequiresIsMissed) {
  const auto options = parse_provider_metadata(R"({"up": {"parameters": [{"name": "zone", "required": true}]}})");
  try {
    provider_arguments(run(), options);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("provider 'cloud' of service 'db' requires the option 'zone' for up"));
  }
}

TEST(Provider, ItsLinesAreProgressVariablesAndErrors) {
  std::vector<std::string> said;
  const RunProvider db = run();
  ProviderTalk talk(db, [&](std::string_view message) { said.emplace_back(message); });
  talk.hear(R"({"type": "info", "message": "making it\nwith care"})");
  talk.hear(R"({"type": "debug", "message": "x"})");
  talk.hear(R"({"type": "setenv", "message": "URL=http://x?a=b"})");
  talk.hear("");
  EXPECT_THAT(said, ElementsAre("making it"));
  EXPECT_THAT(talk.variables(), ElementsAre(Pair("URL", "http://x?a=b")));
  EXPECT_EQ(talk.error(), std::nullopt);
  talk.hear(R"({"type": "error", "message": "no money"})");
  talk.hear("what");
  EXPECT_EQ(talk.error(), "no money");
}

TEST(Provider, WhatIsNoMessageIsAnError) {
  for (const char* line : {"hello", R"({"type": "setenv", "message": "URL"})", R"({"type": "odd"})"}) {
    const RunProvider db = run();
    ProviderTalk talk(db, [](std::string_view) {});
    talk.hear(line);
    EXPECT_EQ(talk.error(), "said what is no message of a provider: " + std::string(line));
  }
}

TEST(Provider, VariablesHaveTheServicesNameInFrontAndOneThatShellsCanRead) {
  EXPECT_THAT(variables_for_dependents("db", {{"URL", "x"}}), ElementsAre(Pair("DB_URL", "x")));
  EXPECT_THAT(variables_for_dependents("my-db", {{"Url", "x"}}),
              UnorderedElementsAre(Pair("MY-DB_Url", "x"), Pair("MY_DB_Url", "x")));
  std::vector<std::string> environment = {"DB_URL=old", "DB_URL_TOO=kept"};
  add_variables({{"DB_URL", "x"}}, environment);
  EXPECT_THAT(environment, ElementsAre("DB_URL_TOO=kept", "DB_URL=x"));
}

}  // namespace
}  // namespace berth::converge
