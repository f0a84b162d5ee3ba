#include "converge/run.h"

#include <gtest/gtest.h>

#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using testing::after_up;
using testing::engine_with;
using testing::project;

constexpr std::string_view kShop = R"(
services:
  web: {image: 'app:1', depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}}
  db: {image: 'db:1', healthcheck: {test: 'true'}}
  cache: {image: 'db:1'}
  other: {image: 'app:1'}
)";

RunOptions run_of(const std::string& service) {
  RunOptions options;
  options.service = service;
  options.slug = std::string(64, 'a');
  return options;
}

std::string run_text(const State& state, const RunOptions& options, std::string_view yaml = kShop) {
  return "\n" + text(plan_run(project(yaml), state, options).plan);
}

TEST(Run, ComesAfterItsDependenciesAreStartedAndReady) {
  EXPECT_EQ(run_text(engine_with({"app:1", "db:1"}), run_of("web")), R"(
#1 create network shop_default
#2 create shop-cache-1 after #1
#3 create shop-db-1 after #1
#4 start shop-cache-1 after #2
#5 start shop-db-1 after #3
#6 wait for shop-db-1 healthy after #5
#7 create shop-web-run-aaaaaaaaaaaa after #1, #2, #3, #4, #5, #6
)");
}

TEST(Run, WaitsForADependencyThatRunsAlready) {
  EXPECT_EQ(run_text(after_up(engine_with({"app:1", "db:1"}), kShop), run_of("web")), R"(
#1 wait for shop-db-1 healthy
#2 create shop-web-run-aaaaaaaaaaaa after #1
)");
}

TEST(Run, WithoutDependenciesMakesItsContainerOnly) {
  RunOptions options = run_of("web");
  options.no_deps = true;
  options.name = "mine";
  EXPECT_EQ(run_text(after_up(engine_with({"app:1", "db:1"}), kShop), options), R"(
#1 create mine
)");
}

TEST(Run, NamesTheOperationThatMakesItsContainer) {
  const RunPlan run = plan_run(project(kShop), after_up(engine_with({"app:1", "db:1"}), kShop), run_of("web"));
  const auto& create = std::get<CreateContainer>(run.plan.operations.at(1).action);
  EXPECT_EQ(run.create, run.plan.operations[1].number);
  EXPECT_EQ(create.container.created_by, run.create);
  EXPECT_EQ(create.request.config.labels.at("com.docker.compose.oneoff"), "True");
}

TEST(Run, IsRefusedWhereItsImageIsMissing) {
  try {
    run_text(engine_with({"db:1"}), run_of("web"),
             "services: {web: {image: 'app:1', network_mode: 'service:db'}, db: {image: 'db:1'}}");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kNotFound);
    EXPECT_EQ(e.message(), "image 'app:1' of service 'web' is not on the engine: pull or build it");
  }
}

}  // namespace
}  // namespace berth::converge
