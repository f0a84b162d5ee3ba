#include "converge/images.h"

#include <gtest/gtest.h>

#include "converge/pretend_engine_test.h"

namespace berth::converge {
namespace {

using testing::engine_with;
using testing::project;

std::string pull_text(std::string_view yaml, const PullFlags& flags = {}, const State& state = engine_with({})) {
  return "\n" + text(plan_pull(project(yaml), state, flags));
}

std::string images_text(std::string_view yaml, const ImageOptions& options = {}, const State& state = engine_with({})) {
  return "\n" + text(plan_images(project(yaml), state, options, engine::Time()));
}

constexpr std::string_view kShop = R"(
services:
  web: {image: 'app:1', build: .}
  worker: {image: 'app:1'}
  db: {image: 'db:1', pull_policy: missing}
  cache: {image: cache, pull_policy: missing}
  own: {image: own, pull_policy: never}
  made: {build: made}
)";

TEST(PullPlan, HasEachImageOnce) {
  EXPECT_EQ(pull_text(kShop), R"(
#1 pull cache
#2 pull db:1
#3 pull app:1
)");
}

TEST(PullPlan, LeavesOutWhatIsThereUnlessItsTagMoves) {
  EXPECT_EQ(pull_text(kShop, {}, engine_with({"db:1", "cache"})), R"(
#1 pull cache
#2 pull app:1
)");
}

TEST(PullPlan, CanLeaveOutWhatIsBuilt) {
  EXPECT_EQ(pull_text("services: {web: {image: 'app:1', build: .}, db: {image: 'db:1'}}", {.ignore_buildable = true}),
            R"(
#1 pull db:1
)");
}

TEST(ImagePlan, CopiesWhatTheEngineOfThisComputerHasWherePullPolicyAllows) {
  constexpr std::string_view yaml = R"(
services:
  a: {image: a}
  again: {image: a}
  built: {image: built, build: .}
  fresh: {image: fresh, pull_policy: always}
  never: {image: never, pull_policy: never}
  there: {image: there}
)";
  ImageOptions options;
  options.nearby = {"a", "built", "fresh", "never", "there"};
  EXPECT_EQ(images_text(yaml, options, engine_with({"there"})), R"(
#1 copy image a from here
#2 pull built
#3 pull fresh
#4 copy image never from here
)");
}

TEST(ImagePlan, PullsFirstAndBuildsWhatThatDidNotBring) {
  constexpr std::string_view yaml = "services: {web: {image: 'app:1', build: .}, db: {image: 'db:1'}}";
  EXPECT_EQ(images_text(yaml), R"(
#1 pull db:1
#2 pull app:1
)");
  EXPECT_EQ(images_text(yaml, {.pulled = true}, engine_with({"db:1"})), R"(
#1 build app:1
)");
}

TEST(ImagePlan, PullsAgainWhatIsOlderThanTheFileAllows) {
  constexpr std::string_view yaml = R"(
services:
  day: {image: day, pull_policy: daily}
  hours: {image: hours, pull_policy: every_36h}
  refresh: {image: refresh, pull_policy: refresh, pull_refresh_after: 47h}
  later: {image: later, pull_policy: refresh, pull_refresh_after: 49h}
  once: {image: once, pull_policy: refresh}
)";
  State state = engine_with({"day", "hours", "refresh", "later", "once"});
  const engine::Time pulled;
  for (auto& [name, image] : state.images) image->last_tag_time = pulled;
  const Plan plan = plan_images(project(yaml), state, {}, pulled + std::chrono::hours(48));
  EXPECT_EQ("\n" + text(plan), R"(
#1 pull day
#2 pull hours
#3 pull refresh
)");
}

TEST(ImagePlan, IsEmptyWhenAllIsThere) {
  EXPECT_EQ(images_text("services: {db: {image: 'db:1'}}", {}, engine_with({"db:1"})), "\n");
}

TEST(ImagePlan, BuildsAnImageAfterTheOneItUses) {
  EXPECT_EQ(images_text(R"(
services:
  app: {build: {context: ., additional_contexts: {base: 'service:base'}}}
  base: {build: base}
)"),
            R"(
#1 build shop-base
#2 build shop-app after #1
)");
}

}  // namespace
}  // namespace berth::converge
