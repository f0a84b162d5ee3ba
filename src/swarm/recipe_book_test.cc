#include "swarm/recipe_book.h"

#include <chrono>
#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/open.h"

namespace berth::swarm {
namespace {

const engine::Time kNow{std::chrono::seconds(1'800'000'000)};

std::string listed(const std::string& id, const std::string& status = "Up 2 seconds",
                   const std::string& state = "running") {
  return R"({"Id":")" + id + R"(","Names":["/web"],"State":")" + state + R"(","Status":")" + status + R"("})";
}

ContainerPtr container(const std::string& text) { return std::make_shared<const Container>(NodeNumber{1}, text, kNow); }

NodePtr node() {
  auto node = std::make_shared<Node>();
  node->address = "10.0.0.5:2376";
  node->info.id = "ENGINE";
  node->info.name = "n1";
  return node;
}

Recipe recipe() {
  return {
      "web", R"({"Image":"app:1","New":1.50})", {{"back", R"({"EndpointConfig":{}})"}}, std::string("tar\0\xff", 5)};
}

class RecipeBookTest : public testing::Test {
 protected:
  std::unique_ptr<store::Store> store = store::store_of("memory:");
  Context context;
};

TEST_F(RecipeBookTest, ALaterManagerFindsWhatAnEarlierOneKept) {
  RecipeBook(*store).put(context, {{container(listed("aa11")), node(), recipe()}});
  RecipeBook later(*store);
  const std::vector<Recalled> recalled = later.open(context);
  ASSERT_EQ(recalled.size(), 1U);
  EXPECT_EQ(recalled[0].address, "10.0.0.5:2376");
  EXPECT_EQ(recalled[0].engine_id, "ENGINE");
  EXPECT_EQ(recalled[0].name, "n1");
  EXPECT_THAT(recalled[0].containers, testing::ElementsAre(listed("aa11")));
  EXPECT_EQ(later.find(context, "aa11"), recipe());
}

TEST_F(RecipeBookTest, WhatIsGoneIsDropped) {
  RecipeBook book(*store);
  book.put(context, {{container(listed("aa11")), node(), recipe()}});
  book.drop(context, {"aa11", "unknown"});
  EXPECT_FALSE(book.has("aa11"));
  EXPECT_EQ(book.find(context, "aa11"), std::nullopt);
  EXPECT_TRUE(RecipeBook(*store).open(context).empty());
}

TEST_F(RecipeBookTest, WhatSomebodyRemovedIsGoneAtOnceAndNotTakenAgain) {
  RecipeBook book(*store);
  book.put(context, {{container(listed("aa11")), node(), recipe()}});
  book.strike(context, "ENGINE", "aa11");
  EXPECT_TRUE(RecipeBook(*store).open(context).empty());
  // Its recipe was asked for before it was removed.
  book.put(context, {{container(listed("aa11", "Up 4 seconds")), node(), recipe()},
                     {container(listed("bb22")), node(), recipe()}});
  ASSERT_EQ(RecipeBook(*store).open(context).size(), 1U);
  EXPECT_THAT(RecipeBook(*store).open(context)[0].containers, testing::ElementsAre(listed("bb22")));
}

TEST_F(RecipeBookTest, WritesOnlyWhatChanged) {
  RecipeBook book(*store);
  book.put(context, {{container(listed("aa11")), node(), recipe()}});
  const store::Revision before = store->list(context, "").revision;
  book.put(context, {{container(listed("aa11")), node(), recipe()}});
  EXPECT_EQ(store->list(context, "").revision, before);
  book.put(context, {{container(listed("aa11", "Exited", "exited")), node(), recipe()}});
  EXPECT_GT(store->list(context, "").revision, before);
}

TEST_F(RecipeBookTest, WhatTheEngineStillListsAlikeNeedNotBeAskedForAgain) {
  RecipeBook(*store).put(
      context, {{container(listed("aa11")), node(), recipe()}, {container(listed("bb22")), node(), recipe()}});
  RecipeBook later(*store);
  later.open(context);
  EXPECT_TRUE(later.confirm(*container(listed("aa11", "Up 3 hours"))));
  EXPECT_FALSE(later.confirm(*container(listed("aa11", "Up 3 hours")))) << "it has changed since";
  EXPECT_FALSE(later.confirm(*container(listed("bb22", "Exited", "exited"))));
}

TEST_F(RecipeBookTest, AManagerThatDoesNotLeadAnyMoreWritesNothing) {
  store->set(context, "leader", "other");
  RecipeBook book(*store, [] { return std::optional(store::absent("leader")); });
  EXPECT_THROW(book.put(context, {{container(listed("aa11")), node(), recipe()}}), Error);
  EXPECT_TRUE(RecipeBook(*store).open(context).empty());
}

TEST_F(RecipeBookTest, ALaterManagerKnowsWhatWasLeftBehind) {
  RecipeBook book(*store);
  book.put(context, {{container(listed("aa11")), node(), recipe()}});
  book.leave_behind(context, "ENGINE", "aa11");
  EXPECT_FALSE(book.has("aa11"));
  RecipeBook later(*store);
  EXPECT_TRUE(later.open(context).empty());
  ASSERT_TRUE(later.left_behind().contains("ENGINE"));
  later.forget_left(context, "ENGINE", "aa11");
  EXPECT_TRUE(later.left_behind().empty());
  RecipeBook last(*store);
  last.open(context);
  EXPECT_TRUE(last.left_behind().empty());
}

TEST_F(RecipeBookTest, MoreThanOneTransactionTakesIsKeptInSeveral) {
  RecipeBook book(*store);
  std::vector<BookEntry> entries;
  for (int i = 100; i < 360; ++i) entries.push_back({container(listed("c" + std::to_string(i))), node(), recipe()});
  book.put(context, entries);
  RecipeBook later(*store);
  ASSERT_EQ(later.open(context).size(), 1U);
  EXPECT_TRUE(later.has("c100"));
  EXPECT_TRUE(later.has("c359"));
}

}  // namespace
}  // namespace berth::swarm
