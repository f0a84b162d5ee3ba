#include "compose/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/config.h"
#include "compose/hash.h"
#include "compose/load.h"

namespace berth::compose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Loaded loaded(const std::string& text) {
  LoadOptions options;
  options.current_dir = "/app";
  return load(options, MemoryReader({{"/app/compose.yaml", text}}));
}

Project project(const std::string& text) {
  Loaded shop = loaded(text);
  EXPECT_TRUE(shop.ok()) << yaml::to_text(shop.errors);
  return std::move(*shop.project);
}

constexpr const char* kShop = R"(
services:
  chat: {image: a, models: [llm, my-embedder]}
  other: {image: a, models: {llm: {endpoint_var: AI, model_var: AI_NAME}}}
models:
  llm: {model: 'ai/smollm2', context_size: 1024, runtime_flags: [--a, --b=1]}
  my-embedder: {name: mine, model: 'ai/n:1'}
  unused: {model: 'ai/u'}
)";

TEST(Models, AreReadWithWhatServicesWantOfThem) {
  const Project shop = project(kShop);
  const Model& llm = shop.models.at("llm");
  EXPECT_EQ(llm.name, "llm");
  EXPECT_EQ(llm.model, "ai/smollm2");
  EXPECT_EQ(llm.context_size, 1024);
  EXPECT_THAT(llm.runtime_flags, ElementsAre("--a", "--b=1"));
  EXPECT_EQ(shop.models.at("my-embedder").name, "mine");
  EXPECT_EQ(shop.services.at("chat").models.size(), 2U);
  EXPECT_EQ(shop.services.at("other").models.at("llm").endpoint_var, "AI");
  EXPECT_TRUE(shop.unsupported.empty());
}

TEST(Models, HaveVariablesMadeOfTheirKeysOrTheServicesOwn) {
  EXPECT_EQ(variables_of("my-llm.2", {}).model, "MY_LLM.2_MODEL");
  EXPECT_EQ(variables_of("my-llm.2", {}).endpoint, "MY_LLM.2_URL");
  EXPECT_EQ(variables_of("llm", {.endpoint_var = "AI"}).model, "LLM_MODEL");
  EXPECT_EQ(variables_of("llm", {.endpoint_var = "AI"}).endpoint, "AI");
}

TEST(Models, AreNamedInTheEnvironmentOverWhatTheFileSays) {
  Project shop = project(kShop);
  write_out_models(shop);
  write_out_models(shop);
  const Service& chat = shop.services.at("chat");
  EXPECT_EQ(chat.environment.at("LLM_MODEL"), "ai/smollm2");
  EXPECT_EQ(chat.environment.at("MY_EMBEDDER_MODEL"), "ai/n:1");
  EXPECT_FALSE(chat.environment.contains("LLM_URL"));
  EXPECT_EQ(chat.tree.find_path({"environment", "LLM_MODEL"})->text(), "ai/smollm2");
  EXPECT_EQ(shop.services.at("other").environment.at("AI_NAME"), "ai/smollm2");

  Project own =
      project("services: {a: {image: a, models: [m], environment: {M_MODEL: x, Z: y}}}\nmodels: {m: {model: n}}");
  write_out_models(own);
  EXPECT_EQ(own.services.at("a").environment.at("M_MODEL"), "n");
  EXPECT_EQ(own.services.at("a").environment.at("Z"), "y");
}

TEST(Models, AnotherModelIsAnotherConfigurationOfItsServices) {
  const auto hash = [](const std::string& model) {
    Project shop = project("services: {a: {image: a, models: [m]}}\nmodels: {m: {model: " + model + "}}");
    write_out_models(shop);
    return service_hash(shop.services.at("a"));
  };
  EXPECT_EQ(hash("x"), hash("x"));
  EXPECT_NE(hash("x"), hash("y"));
}

TEST(Models, ThatNobodyUsesAreLeftOut) {
  const Project used = project(kShop).without_unused_resources();
  EXPECT_FALSE(used.models.contains("unused"));
  EXPECT_EQ(used.models.size(), 2U);
  EXPECT_THAT(model_names(used), ElementsAre("ai/n:1", "ai/smollm2"));
  EXPECT_THAT(config_yaml(used), HasSubstr("models:\n  llm:\n    model: ai/smollm2\n    context_size: 1024\n    "
                                           "runtime_flags:\n      - --a\n      - --b=1\n"));
  EXPECT_THAT(config_yaml(used), Not(HasSubstr("LLM_MODEL")));
}

TEST(Models, ThatAreNotThereAreMissed) {
  EXPECT_EQ(yaml::to_text(loaded("services:\n  a:\n    image: a\n    models: [m]\n").errors),
            "compose.yaml:4:14: services.a.models: refers to undefined model 'm'");
}

}  // namespace
}  // namespace berth::compose
