#include "yaml/emit.h"

#include <gtest/gtest.h>

#include "yaml/parse.h"

namespace berth::yaml {
namespace {

std::string yaml_of(std::string text) { return to_yaml(Node::sequence({Node::string(std::move(text))})); }

TEST(EmitYaml, CollectionsAreIndentedByTwoAndEmptyOnesStandInline) {
  const auto root = parse("{a: {b: [1, [2, {c: 3, d: {}}], []]}, e: null}", "f").documents.at(0);
  EXPECT_EQ(to_yaml(root), R"(a:
  b:
    - 1
    - - 2
      - c: 3
        d: {}
    - []
e: null
)");
}

TEST(EmitYaml, StringsThatLookLikeSomethingElseAreQuoted) {
  for (const auto text : {"", "true", "null", "~", "1", "0x1f", "1e3", ".5", "yes", "No", "y", "12:30", "2001-12-14",
                          "2001-12-14 21:59:43", "<<", "1_000"}) {
    EXPECT_EQ(yaml_of(text), "- \"" + std::string(text) + "\"\n");
  }
  for (const auto text :
       {"a", "8080:80", "1.2.3", "a b", "-a", "?a", "a:b", "a#b", "2001-13-14", "nope", "1:60", "é"}) {
    EXPECT_EQ(yaml_of(text), "- " + std::string(text) + "\n");
  }
}

TEST(EmitYaml, StringsThatWouldBreakTheSyntaxAreInSingleQuotesWhereTheyCan) {
  EXPECT_EQ(yaml_of("a: b"), "- 'a: b'\n");
  EXPECT_EQ(yaml_of("it's #1 #2"), "- 'it''s #1 #2'\n");
  EXPECT_EQ(yaml_of("@a"), "- '@a'\n");
  EXPECT_EQ(yaml_of("tab\there"), "- \"tab\\there\"\n");
  EXPECT_EQ(yaml_of("bell\a \x7f \u00a0"), "- \"bell\\a \\x7F \u00a0\"\n");
  EXPECT_EQ(yaml_of("\U0001F600"), "- \"\\U0001F600\"\n");
}

TEST(EmitYaml, SeveralLinesAreALiteralBlock) {
  EXPECT_EQ(yaml_of("a\nb"), "- |-\n  a\n  b\n");
  EXPECT_EQ(yaml_of("a\n\nb\n"), "- |\n  a\n\n  b\n");
  EXPECT_EQ(yaml_of("a\n\n"), "- |+\n  a\n\n");
  EXPECT_EQ(yaml_of(" a\nb"), "- |2-\n   a\n  b\n");
  EXPECT_EQ(yaml_of("a \nb"), "- \"a \\nb\"\n");
}

TEST(EmitYaml, LongKeysTakeTheExplicitForm) {
  Mapping mapping;
  const std::string key(129, 'k');
  mapping.insert(key, Node::mapping());
  EXPECT_EQ(to_yaml(Node::mapping(mapping)), "? " + key + "\n: {}\n");
}

TEST(EmitYaml, NumbersArePrintedAsGoPrintsThem) {
  const auto root = parse("[1.0, 1000000.0, 123456.5, 1e-5, .inf, -.Inf, .nan, 0x1F, 1_0]", "f").documents.at(0);
  EXPECT_EQ(to_yaml(root), "- 1\n- 1e+06\n- 123456.5\n- 1e-05\n- .inf\n- -.inf\n- .nan\n- 31\n- 10\n");
}

TEST(EmitYaml, WhatIsPrintedIsReadBackAsTheSameValue) {
  for (const auto text :
       {"a\n", "\n", "\n\na", "  x\n y\n", "\t\n", "a\r\nb", "\u2028", "x\u0085",   "# no",          "- a",
        "%a",  "a:", "[",     "\"",        "'",    "---",    "--- a",  "a\n---\nb", "\xEF\xBB\xBFx", "\xff\xfe"}) {
    const auto result = parse(yaml_of(text), "f");
    ASSERT_TRUE(result.ok()) << yaml_of(text);
    EXPECT_EQ(result.documents.at(0).items().at(0).text(), text) << yaml_of(text);
  }
}

TEST(EmitJson, IsSpacedAndEscapedAsGoDoes) {
  const auto root = parse("{a: [1, {}, []], b: \"<é\\n\\x01&>\", c: 1e21, d: 1e-7, e: 1.50}", "f").documents.at(0);
  EXPECT_EQ(to_json(root),
            "{\"a\":[1,{},[]],\"b\":\"\\u003cé\\n\\u0001\\u0026\\u003e\",\"c\":1e+21,\"d\":1e-7,\"e\":1.5}");
  EXPECT_EQ(to_json(parse("{a: [1], b: {}}", "f").documents.at(0), 2), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
  EXPECT_EQ(to_json(Node::string("<a>"), 0, false), "\"<a>\"");
}

}  // namespace
}  // namespace berth::yaml
