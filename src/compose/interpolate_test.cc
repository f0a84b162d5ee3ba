#include "compose/interpolate.h"

#include <gtest/gtest.h>

#include "yaml/emit.h"
#include "yaml/parse.h"

namespace berth::compose {
namespace {

std::optional<std::string> lookup(std::string_view name) {
  if (name == "FOO") return "foo";
  if (name == "EMPTY") return "";
  if (name == "N") return "3";
  return std::nullopt;
}

struct Outcome {
  std::string text;
  std::string faults;
  std::string warnings;
};

Outcome expand(std::string_view text) {
  yaml::Findings findings;
  Outcome outcome;
  outcome.text = substitute(text, lookup, findings);
  outcome.faults = yaml::to_text(findings.faults);
  outcome.warnings = yaml::to_text(findings.warnings);
  return outcome;
}

std::string text(std::string_view text) {
  const auto outcome = expand(text);
  EXPECT_EQ(outcome.faults, "");
  return outcome.text;
}

TEST(Interpolation, VariablesBecomeTheirValues) {
  EXPECT_EQ(text("$FOO-${FOO}!$FOO_"), "foo-foo!");
  EXPECT_EQ(text("a$$FOO $${FOO}"), "a$FOO ${FOO}");
  EXPECT_EQ(text("$ $1 a$ $-"), "$ $1 a$ $-");
  EXPECT_EQ(text("$"), "$");
}

TEST(Interpolation, AnUnsetVariableBecomesEmptyWithAWarningEach) {
  const auto outcome = expand("[$NO][${NO}][$OTHER]");
  EXPECT_EQ(outcome.text, "[][][]");
  EXPECT_EQ(outcome.warnings,
            "The \"NO\" variable is not set. Defaulting to a blank string.\n"
            "The \"OTHER\" variable is not set. Defaulting to a blank string.");
  EXPECT_EQ(expand("${EMPTY}${NO-}${NO:+x}").warnings, "");
}

TEST(Interpolation, DefaultsAndAlternativesFollowTheColon) {
  EXPECT_EQ(text("${NO:-a} ${EMPTY:-b} ${FOO:-c}"), "a b foo");
  EXPECT_EQ(text("${NO-a} [${EMPTY-b}] ${FOO-c}"), "a [] foo");
  EXPECT_EQ(text("[${NO:+a}] [${EMPTY:+b}] ${FOO:+c}"), "[] [] c");
  EXPECT_EQ(text("[${NO+a}] ${EMPTY+b} ${FOO+c}"), "[] b c");
  EXPECT_EQ(text("${NO:-a:-b?c}"), "a:-b?c");
}

TEST(Interpolation, ArgumentsHoldVariablesAndBraces) {
  EXPECT_EQ(text("${NO:-${FOO}/${ALSO_NO:-x}}y"), "foo/xy");
  EXPECT_EQ(text("${NO:-{{.Name}}}${NO:-{}"), "{{.Name}}{");
  EXPECT_EQ(text("${NO:-a}-${NO:-b}}"), "a-b}");
  EXPECT_EQ(text("${FOO:-${EMPTY:?not reached}}"), "foo");
}

TEST(Interpolation, ARequiredVariableThatIsMissingIsAFault) {
  EXPECT_EQ(expand("${NO:?set it, $FOO}").faults, "required variable NO is missing a value: set it, foo");
  EXPECT_EQ(expand("${EMPTY:?}").faults, "required variable EMPTY is missing a value");
  EXPECT_EQ(expand("${EMPTY?x}${FOO:?y}").text, "foo");
}

TEST(Interpolation, MalformedTemplatesAreFaults) {
  for (const auto text :
       {"${", "${}", "${ FOO}", "${FOO", "${FOO:x}", "${FOO!}", "${1}", "${FOO:-\nx}", "${NO:-${}}"}) {
    EXPECT_NE(expand(text).faults.find("invalid interpolation format '"), std::string::npos) << text;
  }
  EXPECT_EQ(expand("${FOO").text, "${FOO");
}

TEST(Interpolation, DeepNestingIsRefused) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "${NO:-";
  EXPECT_EQ(expand(deep + std::string(1000, '}')).faults, "variables are nested more than 50 levels deep");
}

TEST(InterpolateTree, OnlyValuesAreReplacedAndTypedAttributesBecomeTheirType) {
  const auto root = yaml::parse(R"(
services:
  web:
    image: ${FOO}
    $FOO: $FOO
    scale: ${N}
    privileged: "yes"
    cpus: "1.50"
    cpu_count: "2"
    environment: {A: "${N}", B: "true"}
    ports: [{target: "${N}", published: "80"}]
    ulimits: {nofile: "5", nproc: {soft: "1"}}
)",
                                "c.yaml")
                        .documents.at(0);
  yaml::Findings findings;
  EXPECT_EQ(yaml::to_json(interpolate(root, lookup, findings)),
            R"({"services":{"web":{"image":"foo","$FOO":"foo","scale":3,"privileged":true,"cpus":1.5,"cpu_count":2,)"
            R"("environment":{"A":"3","B":"true"},"ports":[{"target":3,"published":"80"}],)"
            R"("ulimits":{"nofile":5,"nproc":{"soft":1}}}}})");
  EXPECT_EQ(yaml::to_text(findings.faults), "");
  EXPECT_EQ(yaml::to_text(findings.warnings),
            "c.yaml:7:17: \"yes\" for boolean is not supported by YAML 1.2, please use `true`");
}

TEST(InterpolateTree, AllFaultsAreReportedWithTheirPlaces) {
  const auto root =
      yaml::parse("services:\n  a: {image: '${', scale: many}\n  b: {tty: maybe, image: '${X:?no}'}\n", "c")
          .documents.at(0);
  yaml::Findings findings;
  interpolate(root, lookup, findings);
  EXPECT_EQ(yaml::to_text(findings.faults),
            "c:2:14: services.a.image: invalid interpolation format '${': write $$ for a dollar sign\n"
            "c:2:27: services.a.scale: must be an integer, not 'many'\n"
            "c:3:12: services.b.tty: must be true or false, not 'maybe'\n"
            "c:3:26: services.b.image: required variable X is missing a value: no");
}

TEST(InterpolateTree, WhatHasNoVariablesStaysShared) {
  const auto root = yaml::parse("a: &a [x, y]\nb: $FOO\nc: *a\n", "c").documents.at(0);
  yaml::Findings findings;
  const auto done = interpolate(root, lookup, findings);
  EXPECT_EQ(&done.find("a")->items(), &root.find("c")->items());
}

TEST(Variables, AreListedByNameWithTheirArguments) {
  const auto root = yaml::parse(R"({c: ["$B ${A:-x${D+y}}", "${C:?z}", "$$E ${"], k: {$F: 1}})", "c").documents.at(0);
  std::string listed;
  for (const auto& v : variables_of(root)) {
    listed += v.name + "|" + v.default_value + "|" + v.alternate_value + (v.required ? "|required\n" : "\n");
  }
  EXPECT_EQ(listed, "A|x${D+y}|\nB||\nC|||required\nD||y\n");
}

}  // namespace
}  // namespace berth::compose
