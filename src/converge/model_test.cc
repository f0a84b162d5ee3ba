#include "converge/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "compose/models.h"
#include "converge/pretend_engine_test.h"
#include "converge/reconcile.h"
#include "converge/run.h"

namespace berth::converge {
namespace {

using testing::creation_of;
using ::testing::ElementsAre;
using testing::engine_with;
using ::testing::IsEmpty;

constexpr std::string_view kShop = R"(
services:
  chat: {image: 'app:1', network_mode: none, models: [my-llm, embed]}
  other: {image: 'app:1', network_mode: none, models: {my-llm: {endpoint_var: AI}}, environment: {AI: old}}
  plain: {image: 'app:1', network_mode: none}
models:
  my-llm: {model: ai/smollm2, context_size: 1024, runtime_flags: [--a, --b=1]}
  embed: {name: small, model: 'ai/e:1'}
  unused: {model: ai/u}
)";

compose::Project project(std::string_view text) {
  compose::Project shop = testing::project(text);
  compose::write_out_models(shop);
  return shop;
}

State engine() { return engine_with({"app:1"}); }
std::string lines(const Plan& plan) { return "\n" + text(plan); }

LateVariable late(int number, std::string name) {
  return {.given_by = OperationNumber{number}, .name = std::move(name)};
}

TEST(Model, IsServedBeforeContainersOfItsServicesAreMade) {
  const Plan plan = reconcile(project(kShop), engine());
  EXPECT_EQ(lines(plan), R"(
#1 serve model small: configure ai/e:1
#2 serve model my-llm: configure --context-size 1024 ai/smollm2 -- --a --b=1
#3 create shop-chat-1 after #1, #2
#4 create shop-other-1 after #2
#5 create shop-plain-1
#6 start shop-chat-1 after #1, #2, #3
#7 start shop-other-1 after #2, #4
#8 start shop-plain-1 after #5
)");
  EXPECT_THAT(creation_of(plan, "shop-chat-1").variables, ElementsAre(late(1, "EMBED_URL"), late(2, "MY_LLM_URL")));
  EXPECT_THAT(creation_of(plan, "shop-other-1").variables, ElementsAre(late(2, "AI")));
  EXPECT_THAT(creation_of(plan, "shop-plain-1").variables, IsEmpty());
  EXPECT_THAT(creation_of(plan, "shop-chat-1").request.config.env,
              ElementsAre("EMBED_MODEL=ai/e:1", "MY_LLM_MODEL=ai/smollm2"));
}

TEST(Model, IsServedAtEveryUpAndWhatIsAsItShouldBeStays) {
  State state = engine();
  state = testing::after(std::move(state), reconcile(project(kShop), state));
  EXPECT_EQ(lines(reconcile(project(kShop), state)), R"(
#1 serve model small: configure ai/e:1
#2 serve model my-llm: configure --context-size 1024 ai/smollm2 -- --a --b=1
)");
  testing::container(state, "shop-chat-1").state = "exited";
  EXPECT_EQ(lines(reconcile(project(kShop), state)), R"(
#1 serve model small: configure ai/e:1
#2 serve model my-llm: configure --context-size 1024 ai/smollm2 -- --a --b=1
#3 start shop-chat-1 after #1, #2
)");
}

TEST(Model, AnotherOneIsAnotherConfigurationOfItsServicesAndOtherFlagsAreNot) {
  State state = engine();
  state = testing::after(std::move(state), reconcile(project(kShop), state));
  const Plan flags = reconcile(project(replace_all(kShop, "1024", "2048")), state);
  EXPECT_EQ(flags.operations.size(), 2U);
  const Plan changed = reconcile(project(replace_all(kShop, "ai/e:1", "ai/e:2")), state);
  std::vector<std::string> recreated;
  for (const Change& change : changed.changes) {
    if (change.kind == Change::Kind::kRecreate) recreated.push_back(change.container + " " + join(change.fields, ","));
  }
  EXPECT_THAT(recreated, ElementsAre("shop-chat-1 environment"));
}

TEST(Model, OfAOneOffContainerIsServedBeforeItToo) {
  const compose::Project shop = project(R"(
services:
  chat: {image: 'app:1', network_mode: none, models: [a, b], depends_on: [other]}
  other: {image: 'app:1', network_mode: none, models: [b]}
models: {a: {model: m}, b: {model: n}}
)");
  RunOptions options;
  options.service = "chat";
  options.slug = "0123456789ab";
  options.environment = {{"A_MODEL", "mine"}, {"B_URL", "mine"}};
  const RunPlan run = plan_run(shop, engine(), options);
  EXPECT_EQ(lines(run.plan), R"(
#1 serve model b: configure n
#2 create shop-other-1 after #1
#3 start shop-other-1 after #1, #2
#4 serve model a: configure m
#5 create shop-chat-run-0123456789ab after #1, #2, #3, #4
)");
  const CreateContainer& create = creation_of(run.plan, "shop-chat-run-0123456789ab");
  EXPECT_THAT(create.variables, ElementsAre(late(4, "A_URL")));  // what -e says wins
  EXPECT_THAT(create.request.config.env, ElementsAre("A_MODEL=mine", "B_MODEL=n", "B_URL=mine"));
}

TEST(Model, IsLookedForByItsNameInFull) {
  const std::string list = R"(
[
    {"id": "sha256:1", "tags": ["ai/smollm2:latest", "docker.io/org/m:2"], "created": 1},
    {"id": "sha256:2", "tags": null},
    {"id": "sha256:3", "tags": ["huggingface.co/x/y-gguf:q4"]}
]
)";
  for (const char* model :
       {"ai/smollm2", "smollm2", "ai/smollm2:latest", "docker.io/ai/smollm2", "org/m:2", "hf.co/X/Y-GGUF:Q4"}) {
    EXPECT_EQ(lists_model(list, model), true) << model;
  }
  for (const char* model : {"ai/smollm2:1", "org/m", "m:2", "hf.co/x/y-gguf"}) {
    EXPECT_EQ(lists_model(list, model), false) << model;
  }
  EXPECT_EQ(lists_model("[]", "m"), false);
  EXPECT_EQ(lists_model("Creating a container\n[]\n", "m"), false);
  EXPECT_EQ(lists_model("what", "m"), std::nullopt);
  EXPECT_EQ(lists_model("{}", "m"), std::nullopt);
}

TEST(Model, HasTheAddressOfTheStatusWhateverIsSaidAroundIt) {
  EXPECT_EQ(endpoint_in(R"({"running":true,"backends":{"llama.cpp":"running"},"endpoint":"http://172.17.0.1:12434/"})"),
            "http://172.17.0.1:12434/");
  EXPECT_EQ(endpoint_in("Starting [x]\n{\"endpoint\": \"http://x/\"}\nbye"), "http://x/");
  EXPECT_EQ(endpoint_in("{}"), "");
  EXPECT_EQ(endpoint_in(""), "");
}

TEST(LastWords, AreWhatFollowsTheLastError) {
  EXPECT_EQ(last_words("x\nError: one\nError: no such model\nUsage:\n  docker model\n"), "no such model");
  EXPECT_EQ(last_words("ERROR: failed to solve: x\n"), "failed to solve: x");
  EXPECT_EQ(last_words("a\nb\n"), "b");
  EXPECT_EQ(last_words("\n"), "it said nothing");
}

}  // namespace
}  // namespace berth::converge
