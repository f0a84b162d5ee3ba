#include "yaml/node.h"

#include <gtest/gtest.h>

#include "yaml/path.h"

namespace berth::yaml {
namespace {

TEST(Node, AnEditedCopyLeavesTheOtherAsItWas) {
  Node a = Node::mapping();
  a.edit_entries().insert("k", Node::sequence({Node::integer(1)}));
  Node b = a;
  EXPECT_EQ(&a.entries(), &b.entries());
  b.find_for_edit("k")->edit_items().push_back(Node::integer(2));
  EXPECT_EQ(a.find("k")->size(), 1U);
  EXPECT_EQ(b.find("k")->size(), 2U);
}

TEST(Node, ValuesAreEqualWhateverTheirOrderAndSpelling) {
  const auto mapping = [](std::vector<std::pair<const char*, Node>> entries) {
    Mapping made;
    for (auto& [key, value] : entries) made.insert(key, value);
    return Node::mapping(made);
  };
  EXPECT_TRUE(same_value(mapping({{"a", Node::integer(31)}, {"b", Node()}}),
                         mapping({{"b", Node()}, {"a", Node::scalar(NodeKind::kInteger, "0x1f", {})}})));
  EXPECT_FALSE(same_value(Node::string("1"), Node::integer(1)));
  EXPECT_TRUE(same_value(Node::floating(1), Node::integer(1)));
}

TEST(Mapping, KeepsOrderAndFindsKeysAmongManyAfterErasures) {
  Mapping mapping;
  for (int i = 0; i < 1000; ++i) mapping.insert("k" + std::to_string(i), Node::integer(i));
  EXPECT_FALSE(mapping.insert("k7", Node()).second);
  for (int i = 0; i < 1000; i += 2) EXPECT_TRUE(mapping.erase("k" + std::to_string(i)));
  EXPECT_EQ(mapping.size(), 500U);
  EXPECT_EQ(mapping[1].key, "k3");
  EXPECT_EQ(mapping.find("k4"), nullptr);
  EXPECT_EQ(mapping.find("k999")->as_integer(), 999);
}

TEST(Mapping, SortsNaturallyAsGoYamlDoes) {
  Mapping mapping;
  for (const auto key : {"web10", "web2", "web", "Web", "a_b", "a-b", "ab", "x01", "x1"}) mapping.insert(key, Node());
  mapping.sort_by_key_naturally();
  std::string order;
  for (const auto& entry : mapping) order += entry.key + " ";
  EXPECT_EQ(order, "Web a-b a_b ab web web2 web10 x1 x01 ");
  EXPECT_TRUE(mapping.contains("web2"));
}

TEST(NodePath, PrintsAndMatchesPatterns) {
  const NodePath root;
  const NodePath services(root, "services");
  const NodePath web(services, "web");
  const NodePath ports(web, "ports");
  const NodePath first(ports, 0U);
  const NodePath target(first, "target");
  EXPECT_EQ(target.str(), "services.web.ports[0].target");
  EXPECT_TRUE(target.matches("services.*.ports.[].target"));
  EXPECT_FALSE(target.matches("*.ports.[].target"));
  EXPECT_FALSE(first.matches("services.*.ports.*"));
}

TEST(Diagnostics, ArePrintedInTheOrderOfTheirPlacesEachOnce) {
  const FileName a("a.yaml");
  const FileName b("b.yaml");
  EXPECT_EQ(
      to_text({{{b, 9, 1}, "x", "two"}, {{a, 3, 5}, "", "one"}, {{b, 2, 1}, "y[0]", "zero"}, {{b, 9, 1}, "x", "two"}}),
      "b.yaml:2:1: y[0]: zero\nb.yaml:9:1: x: two\na.yaml:3:5: one");
}

}  // namespace
}  // namespace berth::yaml
