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

}  // namespace
}  // namespace berth::converge
