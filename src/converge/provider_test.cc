#include "converge/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "converge/agent_image.h"
#include "converge/labels.h"
#include "converge/pretend_engine_test.h"
#include "converge/providers.h"
#include "converge/reconcile.h"
#include "converge/run.h"

namespace berth::converge {
namespace {

using testing::after;
using testing::after_up;
using ::testing::Contains;
using testing::creation_of;
using ::testing::ElementsAre;
using testing::engine_with;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;
using testing::project;
using ::testing::UnorderedElementsAre;
using testing::with;

constexpr std::string_view kProvided = R"(
services:
  db: {provider: {type: cloud, options: {size: 3, name: [b, a]}}}
  app: {image: 'app:1', network_mode: none, depends_on: [db]}
  front: {image: 'app:1', network_mode: none, depends_on: [app]}
)";

State engine() { return engine_with({"app:1"}); }
std::string lines(const Plan& plan) { return "\n" + text(plan); }

// The project once its provider has run and given this address.
compose::Project given(std::string_view yaml, const std::string& url) {
  compose::Project shop = project(yaml);
  shop.provided["db"] = compose::TextMap{{"DB_URL", url}};
  return shop;
}

State after_given(std::string_view yaml, const std::string& url) {
  return after(engine(), reconcile(given(yaml, url), engine()));
}

std::string reasons(const Plan& plan) {
  std::vector<std::string> texts;
  for (const Change& change : plan.changes) texts.push_back(change.container + ": " + join(change.reasons, ", "));
  return join(texts, "; ");
}

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
}

TEST(Provider, RunsAtEveryUpAndWhatIsAsItShouldBeStays) {
  EXPECT_EQ(lines(reconcile(project(kProvided), after_up(engine(), kProvided))), R"(
#1 run provider cloud compose --project-name=shop up --name=b --name=a --size=3 db
)");
}

TEST(Provider, ItsVariablesAreInTheEnvironmentAndAsADigestInALabelOfItsDependentsOnly) {
  const Plan plan = reconcile(given(kProvided, "secret"), engine());
  EXPECT_EQ(lines(plan), R"(
#1 create shop-app-1
#2 create shop-front-1
#3 start shop-app-1 after #1
#4 start shop-front-1 after #2, #3
)");
  const engine::ContainerConfig& app = creation_of(plan, "shop-app-1").request.config;
  EXPECT_THAT(app.env, ElementsAre("DB_URL=secret"));
  EXPECT_THAT(app.labels, Contains(Pair(label::kGiven, MatchesRegex("db=[0-9a-f]{8}"))));
  const engine::ContainerConfig& front = creation_of(plan, "shop-front-1").request.config;
  EXPECT_THAT(front.env, IsEmpty());
  EXPECT_FALSE(front.labels.contains(label::kGiven));
}

TEST(Provider, ItsVariablesWinOverThoseOfTheFile) {
  const std::string yaml = with(kProvided, "depends_on: [db]}", "depends_on: [db], environment: {DB_URL: x, A: b}}");
  EXPECT_THAT(creation_of(reconcile(given(yaml, "a"), engine()), "shop-app-1").request.config.env,
              ElementsAre("A=b", "DB_URL=a"));
}

TEST(Provider, DependentsStayAsLongAsItGivesTheSame) {
  EXPECT_TRUE(reconcile(given(kProvided, "a"), after_given(kProvided, "a")).empty());
}

TEST(Provider, DependentsAreRecreatedWhenItGivesAnotherValue) {
  EXPECT_EQ(lines(reconcile(given(kProvided, "b"), after_given(kProvided, "a"))), R"(
#1 create shop-app-1 beside the old one (variables of provider 'db' changed)
#2 stop shop-app-1 after #1
#3 remove shop-app-1 after #2
#4 rename shop-app-1 after #3
#5 start shop-app-1 after #4
)");
}

TEST(Provider, DependentsMadeBeforeItGaveAnythingAreRecreatedOnce) {
  const State before = after_up(engine(), kProvided);
  EXPECT_EQ(reasons(reconcile(given(kProvided, "a"), before)),
            "shop-app-1: variables of provider 'db' changed; shop-front-1: ");
  compose::Project silent = project(kProvided);
  silent.provided["db"].emplace();
  EXPECT_TRUE(reconcile(silent, before).empty());
}

TEST(Provider, DependentsAreRecreatedWhenTheyNoLongerDependOnIt) {
  const std::string yaml = with(kProvided, ", depends_on: [db]", "");
  EXPECT_EQ(reasons(reconcile(given(yaml, "a"), after_given(kProvided, "a"))),
            "shop-app-1: variables of provider 'db' changed; shop-front-1: ");
  const std::string contained = with(kProvided, "provider: {type: cloud, options: {size: 3, name: [b, a]}}",
                                     "image: 'app:1', network_mode: none");
  EXPECT_EQ(reasons(reconcile(project(contained), after_given(kProvided, "a"))),
            "shop-db-1: ; shop-app-1: variables of provider 'db' changed; shop-front-1: ");
}

TEST(Provider, DependentsStayWithTheirVariablesWhereItIsLeftOutOrMayFailAndDid) {
  const State state = after_given(kProvided, "a");
  EXPECT_TRUE(reconcile(project(kProvided).select({"app"}, false), state).empty());
  compose::Project failed = project(kProvided);
  failed.provided["db"] = std::nullopt;
  EXPECT_TRUE(reconcile(failed, state).empty());
}

TEST(Provider, MayFailWhereAllDependentsCanDoWithout) {
  const auto may_fail = [](std::string_view yaml) {
    return std::get<RunProvider>(plan_provider_runs(project(yaml)).operations.at(0).action).may_fail;
  };
  const std::string optional =
      with(kProvided, "depends_on: [db]", "depends_on: {db: {condition: service_started, required: false}}");
  EXPECT_FALSE(may_fail(kProvided));
  EXPECT_TRUE(may_fail(optional));
  EXPECT_FALSE(may_fail(with(optional, "depends_on: [app]", "depends_on: [app, db]")));
  EXPECT_FALSE(may_fail("services: {db: {provider: {type: cloud}}}"));
}

TEST(Provider, APlanThatRunsItSaysWhichContainersStayOnlyIfItGivesTheSame) {
  const Plan plan = reconcile(project(kProvided), after_given(kProvided, "a"));
  EXPECT_EQ(lines(plan), R"(
#1 run provider cloud compose --project-name=shop up --name=b --name=a --size=3 db
)");
  EXPECT_THAT(plan.warnings, ElementsAre("what provider 'db' gives is known when it has run: if it has changed, "
                                         "shop-app-1 is recreated"));
  UpOptions never;
  never.recreate = Recreate::kNever;
  EXPECT_THAT(reconcile(project(kProvided), after_given(kProvided, "a"), never).warnings, IsEmpty());
  EXPECT_THAT(reconcile(given(kProvided, "a"), after_given(kProvided, "a")).warnings, IsEmpty());
}

TEST(Provider, AnUpdateForItsVariablesGoesByTheUpdatePolicy) {
  const std::string yaml =
      with(kProvided, "depends_on: [db]}",
           "depends_on: [db], deploy: {replicas: 2, update_config: {parallelism: 1, order: start-first}}}");
  const std::string plan = text(reconcile(given(yaml, "b"), after_given(yaml, "a")));
  EXPECT_LT(plan.find("start shop-app-1"), plan.find("stop shop-app-1"));
  EXPECT_LT(plan.find("remove shop-app-1"), plan.find("start shop-app-2"));
}

TEST(Provider, OneOffContainersGetItsVariablesUnderThoseOfTheCommandLine) {
  RunOptions options;
  options.service = "app";
  options.slug = std::string(64, '0');
  const auto environment = [&] {
    const RunPlan run = plan_run(given(kProvided, "a"), engine(), options);
    return std::get<CreateContainer>(run.plan.operations.at(static_cast<std::size_t>(run.create) - 1).action)
        .request.config.env;
  };
  EXPECT_THAT(environment(), ElementsAre("DB_URL=a"));
  options.environment["DB_URL"] = "mine";
  EXPECT_THAT(environment(), ElementsAre("DB_URL=mine"));
}

TEST(Provider, StepsBeforeTheStartAndScheduledJobsGetItsVariablesToo) {
  const std::string prepared = with(kProvided, "depends_on: [db]}", "depends_on: [db], pre_start: [{command: [a]}]}");
  EXPECT_THAT(creation_of(reconcile(given(prepared, "a"), engine()), "shop-app-pre_start-0").request.config.env,
              ElementsAre("DB_URL=a"));
  const std::string job = R"(
services:
  db: {provider: {type: cloud}}
  job: {image: 'app:1', network_mode: none, depends_on: [db], x-berth: {schedule: '@daily'}}
)";
  State before = engine_with({"app:1", agent_image()});
  before = after(before, reconcile(given(job, "a"), before));
  const Plan plan = reconcile(given(job, "b"), before);
  EXPECT_EQ(reasons(plan), "shop-keeper: ; shop-job-1: variables of provider 'db' changed");
  EXPECT_THAT(text(plan), Not(HasSubstr("start shop-job-1")));
}

TEST(Provider, IsNamedWithTheServicesThatDependOnIt) {
  EXPECT_THAT(with_providers(project(kProvided), {"app", "front"}), ElementsAre("app", "front", "db"));
  EXPECT_THAT(with_providers(project(kProvided), {}), IsEmpty());
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
