#include "swarm/pool/inventory.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::swarm {
namespace {

const engine::Time kNow{std::chrono::seconds(1'800'000'000)};

class InventoryTest : public ::testing::Test {
 protected:
  InventoryTest() {
    for (const char* name : {"n1", "n2"}) {
      const NodeNumber number = inventory.add_node(std::string(name) + ":2375");
      auto node = std::make_shared<Node>(*inventory.node(number));
      node->info.id = std::string("ID-") + name;
      node->info.name = name;
      node->info.ncpu = 2;
      node->state = NodeState::kHealthy;
      inventory.put_node(std::move(node));
      numbers.push_back(number);
    }
  }

  void put(int node, const std::string& id, const std::string& name, const std::string& labels = "{}") {
    inventory.put_container(std::make_shared<const Container>(
        numbers[static_cast<std::size_t>(node - 1)],
        R"({"Id":")" + id + R"(","Names":["/)" + name + R"("],"State":"running","Labels":)" + labels + "}", kNow));
  }

  std::string find(std::string_view text) {
    const ContainerLookup found = inventory.find_container(text);
    if (std::holds_alternative<Ambiguous>(found)) return "ambiguous";
    const auto* container = std::get_if<ContainerPtr>(&found);
    return container != nullptr ? (*container)->id() : "none";
  }

  Inventory inventory{0};
  std::vector<NodeNumber> numbers;
};

TEST_F(InventoryTest, FindsAContainerByIdNameNodeAndNameAndBeginning) {
  put(1, "aa11", "web");
  put(2, "aa22", "db");
  EXPECT_EQ(find("aa11"), "aa11");
  EXPECT_EQ(find("web"), "aa11");
  EXPECT_EQ(find("/web"), "aa11");
  EXPECT_EQ(find("n2/db"), "aa22");
  EXPECT_EQ(find("n1/db"), "none");
  EXPECT_EQ(find("aa2"), "aa22");
  EXPECT_EQ(find("aa"), "ambiguous");
  EXPECT_EQ(find("zz"), "none");
  EXPECT_EQ(find(""), "none");
}

TEST_F(InventoryTest, ANameIsStrongerThanABeginningOfAnId) {
  put(1, "aa11", "bb");
  put(1, "bb22", "web");
  EXPECT_EQ(find("bb"), "aa11");
}

TEST_F(InventoryTest, ARenamedContainerIsFoundByItsNewNameOnly) {
  put(1, "aa11", "web");
  put(1, "aa11", "front");
  EXPECT_EQ(find("web"), "none");
  EXPECT_EQ(find("front"), "aa11");
  EXPECT_FALSE(inventory.cluster().name_taken("web"));
  EXPECT_TRUE(inventory.cluster().name_taken("front"));
}

TEST_F(InventoryTest, WhatANodeDoesNotListAnyMoreIsGone) {
  put(1, "aa11", "web");
  put(1, "aa22", "db");
  inventory.replace_containers(numbers[0], {std::get<ContainerPtr>(inventory.find_container("aa22"))});
  EXPECT_EQ(find("web"), "none");
  EXPECT_EQ(find("db"), "aa22");
}

TEST_F(InventoryTest, ANodeThatGoesTakesItsContainersAlong) {
  put(1, "aa11", "web");
  put(2, "aa22", "db");
  inventory.remove_node(numbers[0]);
  EXPECT_EQ(find("web"), "none");
  EXPECT_EQ(inventory.container_count(), 1U);
  EXPECT_EQ(inventory.node(numbers[0]), nullptr);
  EXPECT_EQ(inventory.cluster().node_count(), 1U);
}

TEST_F(InventoryTest, OfTwoCopiesTheOneMadeLaterStays) {
  put(1, "old", "web", R"({"com.docker.swarm.id":"s1"})");
  put(2, "new", "web", R"({"com.docker.swarm.id":"s1","com.docker.swarm.generation":"1"})");
  EXPECT_EQ(find("web"), "new");
  EXPECT_EQ(find("old"), "none");
  const auto stale = inventory.take_stale();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0]->id(), "old");
  // The node returns and still has it.
  put(1, "old", "web", R"({"com.docker.swarm.id":"s1"})");
  EXPECT_EQ(find("old"), "none");
  EXPECT_EQ(inventory.take_stale().size(), 1U);
}

TEST_F(InventoryTest, ContainersWithALabelThatWasCopiedAreBothListed) {
  put(1, "one", "web", R"({"com.docker.swarm.id":"s1"})");
  put(1, "two", "copy", R"({"com.docker.swarm.id":"s1"})");
  EXPECT_EQ(find("web"), "one");
  EXPECT_EQ(find("copy"), "two");
  EXPECT_TRUE(inventory.take_stale().empty());
}

TEST_F(InventoryTest, TellsWhichNodesAreNotHealthy) {
  const NodeNumber one = inventory.add_node("10.1.0.1:2375");
  const NodeNumber two = inventory.add_node("10.1.0.2:2375");
  const auto set = [&](NodeNumber number, NodeState state) {
    auto node = std::make_shared<Node>(*inventory.node(number));
    node->state = state;
    inventory.put_node(std::move(node));
  };
  const auto unwell = [&] {
    std::vector<std::string> addresses;
    for (const NodePtr& node : inventory.unwell()) {
      if (node->address.starts_with("10.1.")) addresses.push_back(node->address);
    }
    return addresses;
  };
  EXPECT_EQ(unwell(), (std::vector<std::string>{"10.1.0.1:2375", "10.1.0.2:2375"}));
  set(one, NodeState::kHealthy);
  EXPECT_EQ(unwell(), (std::vector<std::string>{"10.1.0.2:2375"}));
  set(one, NodeState::kUnhealthy);
  inventory.remove_node(two);
  EXPECT_EQ(unwell(), (std::vector<std::string>{"10.1.0.1:2375"}));
}

TEST_F(InventoryTest, FindsANodeByItsNameAddressEngineIdAndTheBeginningOfThat) {
  const auto find_node = [&](std::string_view name) {
    const NodePtr found = inventory.find_node(name);
    return found ? found->name() : "none";
  };
  for (const char* word : {"n2", "n2:2375", "ID-n2"}) EXPECT_EQ(find_node(word), "n2") << word;
  EXPECT_EQ(find_node("ID-n"), "n1");
  EXPECT_EQ(find_node("n"), "none");
  EXPECT_EQ(find_node(""), "none");
  const NodeNumber unseen = inventory.add_node("10.1.0.1:2375");
  EXPECT_EQ(find_node("10.1.0.1:2375"), "10.1.0.1:2375");

  auto renamed = std::make_shared<Node>(*inventory.node(numbers[1]));
  renamed->info.name = "db";
  inventory.put_node(std::move(renamed));
  EXPECT_EQ(find_node("db"), "db");
  EXPECT_EQ(find_node("n2"), "none");
  inventory.remove_node(unseen);
  EXPECT_EQ(find_node("10.1.0.1:2375"), "none");
}

TEST_F(InventoryTest, AnEngineIdIsOfOneNode) {
  EXPECT_EQ(inventory.same_engine("ID-n1", numbers[0]), nullptr);
  ASSERT_NE(inventory.same_engine("ID-n1", numbers[1]), nullptr);
  EXPECT_EQ(inventory.same_engine("ID-n1", numbers[1])->name(), "n1");
}

TEST_F(InventoryTest, KnowsWhoAsksToBeMadeAnew) {
  put(1, "aa11", "web", R"({"com.docker.swarm.reschedule-policies":"[\"on-node-failure\"]"})");
  put(1, "aa22", "db", R"({"com.docker.swarm.reschedule-policies":"[\"off\"]"})");
  ASSERT_EQ(inventory.rescheduled().size(), 1U);
  inventory.remove_container(numbers[0], "aa11");
  EXPECT_TRUE(inventory.rescheduled().empty());
}

TEST_F(InventoryTest, OneThatIsToTakeAnothersPlaceStandsBesideItUntilItHasTheName) {
  put(1, "0123456789abcdef", "web", R"({"com.docker.swarm.id":"c1"})");
  const std::string labels =
      R"({"com.docker.swarm.id":"c1","com.docker.swarm.generation":"1","com.docker.swarm.replaces":"0123456789abcdef"})";
  put(2, "bb22", "0123456789ab_web", labels);
  EXPECT_EQ(find("web"), "0123456789abcdef");
  EXPECT_EQ(find("0123456789ab_web"), "bb22");
  ASSERT_EQ(inventory.replacing().size(), 1U);
  put(2, "bb22", "web", labels);
  EXPECT_EQ(find("web"), "bb22");
  EXPECT_TRUE(inventory.replacing().empty());
  ASSERT_EQ(inventory.take_stale().size(), 1U);
}

TEST_F(InventoryTest, TheCopyOfOneThatWasMadePastTheManagerGoesToo) {
  put(2, "bb22", "web", R"({"com.docker.swarm.id":"aa11","com.docker.swarm.generation":"1"})");
  put(1, "aa11", "web");
  EXPECT_EQ(find("web"), "bb22");
  const auto stale = inventory.take_stale();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0]->id(), "aa11");
}

TEST_F(InventoryTest, OfTwoOfOneNameThatAnEarlierManagerMadeOneStays) {
  const std::string labels = R"({"com.docker.swarm.id":"c1","com.docker.swarm.generation":"1"})";
  put(1, "aa11", "web", labels);
  put(2, "bb22", "web", labels);
  EXPECT_EQ(inventory.containers().size(), 1U);
  EXPECT_EQ(inventory.take_stale().size(), 1U);
}

TEST_F(InventoryTest, TellsWhichRescheduledContainersHaveComeChangedOrGone) {
  const std::string labels = R"({"com.docker.swarm.reschedule-policies":"[\"on-node-failure\"]"})";
  put(1, "aa11", "web", labels);
  put(1, "aa22", "db");
  EXPECT_THAT(inventory.take_rescheduled_changes(), testing::ElementsAre("aa11"));
  EXPECT_THAT(inventory.take_rescheduled_changes(), testing::IsEmpty());
  inventory.remove_container(numbers[0], "aa11");
  EXPECT_THAT(inventory.take_rescheduled_changes(), testing::ElementsAre("aa11"));
}

}  // namespace
}  // namespace berth::swarm
