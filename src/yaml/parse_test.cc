#include "yaml/parse.h"

#include <gtest/gtest.h>

#include "yaml/emit.h"

namespace berth::yaml {
namespace {

Node only(std::string_view text) {
  auto result = parse(text, "f.yaml");
  EXPECT_TRUE(result.ok()) << to_text(result.faults);
  EXPECT_EQ(result.documents.size(), 1U);
  return result.documents.empty() ? Node() : result.documents[0];
}

std::string faults(std::string_view text, const ParseLimits& limits = {}) {
  return to_text(parse(text, "f.yaml", limits).faults);
}

std::string json(std::string_view text) { return to_json(only(text)); }

TEST(Parse, PlainScalarsAreTypedByTheCoreSchema) {
  EXPECT_EQ(json("[~, null, NULL, true, False, yes, on, n]"), R"([null,null,null,true,false,"yes","on","n"])");
  EXPECT_EQ(json("[1, -2, +3, 0x1f, 0o17, 017, 0b11, 1_000, 0, -0]"), "[1,-2,3,31,15,15,3,1000,0,0]");
  EXPECT_EQ(json("[1.5, .5, 1e3, 08, 5., 1.2.3, 1:30, 2001-12-14, 1e999]"),
            R"([1.5,0.5,1000,8,5,"1.2.3","1:30","2001-12-14","1e999"])");
  EXPECT_EQ(json("[18446744073709551615, 18446744073709551616, -9223372036854775808]"),
            "[18446744073709551615,18446744073709552000,-9223372036854775808]");
  EXPECT_EQ(json("['1', \"true\", !!str 8080, !!int '5', !!float 2, ! 7]"), R"(["1","true","8080",5,2,"7"])");
}

TEST(Parse, NodesAndKeysKnowWhereTheyStand) {
  const Node root = only("services:\n  web:\n    ports:\n      - 80\n      - \"é\"  \n");
  const Node* ports = root.find_path({"services", "web", "ports"});
  ASSERT_NE(ports, nullptr);
  EXPECT_EQ(ports->items()[1].position().str(), "f.yaml:5:9");
  EXPECT_EQ(ports->items()[1].style(), ScalarStyle::kDoubleQuoted);
  EXPECT_EQ(root.find("services")->entries().find_entry("web")->key_position.str(), "f.yaml:2:3");
}

TEST(Parse, MergeKeysYieldToOwnKeysAndToEarlierMappings) {
  EXPECT_EQ(json("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\n"),
            R"({"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":0,"y":1,"z":2}})");
  EXPECT_EQ(json("a: &a {x: 1}\nb: &b\n  <<: *a\n  y: 2\nc: {<<: *b}\n"),
            R"({"a":{"x":1},"b":{"y":2,"x":1},"c":{"y":2,"x":1}})");
  EXPECT_EQ(json("l: &l [{x: 1}, {x: 2, y: 3}]\nc: {<<: *l}\n"), R"({"l":[{"x":1},{"x":2,"y":3}],"c":{"x":1,"y":3}})");
  EXPECT_EQ(json("{\"<<\": 1}"), R"({"\u003c\u003c":1})");
  EXPECT_EQ(faults("a:\n  <<: 5\n"),
            "f.yaml:2:7: a: the merge key '<<' wants a mapping or a list of mappings, not an integer");
}

TEST(Parse, AnAliasSharesItsValueAndStandsWhereItIsUsed) {
  const Node root = only("a: &a [1, 2]\nb: *a\n");
  EXPECT_EQ(&root.find("a")->items(), &root.find("b")->items());
  EXPECT_EQ(root.find("b")->position().str(), "f.yaml:2:4");
}

TEST(Parse, ResetAndOverrideAreKeptAsTags) {
  const Node root = only("a: !reset null\nb: !override [1]\nc: !reset {x: 1}\n");
  EXPECT_EQ(root.find("a")->tag(), NodeTag::kReset);
  EXPECT_EQ(root.find("b")->tag(), NodeTag::kOverride);
  EXPECT_EQ(root.find("b")->size(), 1U);
  EXPECT_EQ(root.find("c")->tag(), NodeTag::kReset);
}

TEST(Parse, AFileHoldsNoneOneOrSeveralDocuments) {
  EXPECT_TRUE(parse("", "f").documents.empty());
  EXPECT_TRUE(parse({}, "f").documents.empty());
  EXPECT_TRUE(parse("# nothing\n", "f").documents.empty());
  const auto result = parse("a: 1\n---\nb: 2\n---\n", "f");
  ASSERT_EQ(result.documents.size(), 3U);
  EXPECT_EQ(to_json(result.documents[1]), R"({"b":2})");
  EXPECT_TRUE(result.documents[2].is_null());
}

TEST(Parse, EveryDuplicateKeyIsReportedWithBothPlaces) {
  EXPECT_EQ(faults("a:\n  x: 1\n  y: 2\n  x: 3\nb: 1\nb: 2\n"),
            "f.yaml:4:3: a: key 'x' is given twice, first at f.yaml:2:3\n"
            "f.yaml:6:1: key 'b' is given twice, first at f.yaml:5:1");
}

TEST(Parse, KeysMustBeStrings) {
  EXPECT_EQ(faults("a:\n  80: x\n  true: y\n"),
            "f.yaml:2:3: a: key 80 must be a string, not an integer: put it in quotes\n"
            "f.yaml:3:3: a: key true must be a string, not a boolean: put it in quotes");
  EXPECT_EQ(faults("? [a]\n: b\n"), "f.yaml:1:3: a key must be a string, not a list");
}

TEST(Parse, MalformedTextIsReportedWithItsPlace) {
  EXPECT_EQ(faults("a: [1, 2\nb: 3\n"),
            "f.yaml:2:2: did not find expected ',' or ']', while parsing a flow sequence that begins at line 1");
  EXPECT_EQ(faults("a:\n\tb: 1\n"), "f.yaml:2:1: a tab cannot indent or begin a value here: use blanks");
  EXPECT_EQ(faults("a: \xff\n"), "f.yaml:1:4: invalid leading UTF-8 octet");
  EXPECT_EQ(faults("a: *b\n"), "f.yaml:1:4: a: alias '*b' has no anchor '&b' before it");
  EXPECT_EQ(faults("a: &a [*a]\n"), "f.yaml:1:8: a[0]: anchor '&a' contains itself");
  EXPECT_EQ(faults("a: !foo 1\n"), "f.yaml:1:4: a: unsupported tag '!foo'");
  EXPECT_EQ(faults("a: !!set {b}\n"), "f.yaml:1:4: a: unsupported tag '!!set'");
  EXPECT_EQ(faults("a: {<<: {}, <<: {}}\n"), "f.yaml:1:13: a: key '<<' is given twice, first at f.yaml:1:5");
}

TEST(Parse, ABillionLaughsAreRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_NE(faults(text).find("the document grows too large"), std::string::npos);
}

TEST(Parse, DepthIsLimited) {
  EXPECT_EQ(faults("[[[[1]]]]", {.depth = 3}), "f.yaml:1:5: [0][0][0][0]: nested more than 3 levels deep");
  EXPECT_NE(faults(std::string(100'000, '[')), "");
}

}  // namespace
}  // namespace berth::yaml
