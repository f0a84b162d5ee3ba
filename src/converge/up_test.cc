#include "converge/up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converge/fake_engine_test.h"
#include "converge/pretend_engine_test.h"
#include "engine/json.h"

namespace berth::converge {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kShop = R"(
services:
  web: {image: 'app:1', command: serve, depends_on: [db]}
  db: {image: 'db:1'}
  cache: {image: 'app:1', scale: 3}
)";

TEST(Up, ASecondOneMakesAPingAndTwoListsAndNoOtherCall) {
  const State state = testing::after_up(testing::engine_with({"app:1", "db:1"}), kShop);
  testing::FakeEngine engine;
  engine.lists["containers/json"] = engine::encode(state.containers);
  engine.lists["networks"] = engine::encode(state.networks);
  const Context limited = Context().with_timeout(std::chrono::seconds(30));
  const Outcome outcome = up(limited, engine.client(), testing::project(kShop), {}, {}, {}, system_clock());
  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome.operations.empty());
  EXPECT_EQ(engine.pings(), 1U);
  EXPECT_THAT(engine.calls(), ElementsAre("list containers/json", "list networks"));
}

constexpr std::string_view kProvided = R"(
services:
  db: {provider: {type: cloud}}
  web: {image: 'app:1', network_mode: none, depends_on: [db]}
)";

class UpOfProviders : public ::testing::Test {
 protected:
  UpOfProviders() {
    const State state = testing::after_up(testing::engine_with({"app:1"}), kProvided);
    engine_.lists["containers/json"] = engine::encode(state.containers);
    engine_.lists["networks"] = engine::encode(state.networks);
  }
  // There is nothing to find a provider's program with, so that each run fails.
  Outcome up(std::string_view yaml) {
    const Context limited = Context().with_timeout(std::chrono::seconds(30));
    return converge::up(limited, engine_.client(), testing::project(yaml), {}, {}, {}, system_clock());
  }

  testing::FakeEngine engine_;
};

TEST_F(UpOfProviders, EndsWithOneThatFailsBeforeAnythingIsMade) {
  const Outcome outcome = up(testing::with(kProvided, "none,", "none, command: other,"));
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->kind(), Kind::kInternal);
  EXPECT_TRUE(outcome.images.empty());
  EXPECT_THAT(engine_.calls(), ElementsAre("list containers/json", "list networks"));
}

TEST_F(UpOfProviders, GoesOnWithoutOneThatNobodyHasToHave) {
  const Outcome outcome = up(testing::with(kProvided, "[db]", "{db: {condition: service_started, required: false}}"));
  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome.images.contains("app:1"));
  EXPECT_EQ(engine_.count("create shop-web-1"), 0U);
}

TEST_F(UpOfProviders, SaysWhatSpeaksAgainstItBeforeTheyRun) {
  EXPECT_THROW(up(testing::with(kProvided, "none,", "none, container_name: one, scale: 2,")), Error);
}

}  // namespace
}  // namespace berth::converge
