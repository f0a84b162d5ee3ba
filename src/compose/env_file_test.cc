#include "compose/env_file.h"

#include <gtest/gtest.h>

namespace berth::compose {
namespace {

std::optional<std::string> lookup(std::string_view name) {
  if (name == "HOST") return "outer";
  return std::nullopt;
}

struct Outcome {
  std::string variables;  // KEY=value, one a line
  std::string faults;
};

Outcome read(std::string_view text, EnvFileFormat format = EnvFileFormat::kDotEnv) {
  Variables variables;
  yaml::Findings findings;
  read_env_file(text, ".env", lookup, variables, findings, format);
  Outcome outcome;
  for (const auto& [key, value] : variables) outcome.variables += key + "=" + value + "\n";
  outcome.faults = yaml::to_text(findings.faults);
  return outcome;
}

std::string variables(std::string_view text) {
  const auto outcome = read(text);
  EXPECT_EQ(outcome.faults, "");
  return outcome.variables;
}

TEST(EnvFile, UnquotedValuesEndAtACommentOrTheLine) {
  EXPECT_EQ(variables("\xEF\xBB\xBF# c\nA=1\r\n B = x y  # note\nexport C=a#b\nD: yaml\nE=\nF.g-h[0]=v\n"),
            "A=1\nB=x y\nC=a#b\nD=yaml\nE=\nF.g-h[0]=v\n");
}

TEST(EnvFile, QuotedValuesMayRunOverLines) {
  EXPECT_EQ(variables("A=\"one\ntwo\" # c\nB='it\\'s $HOST\\n'\nC='x'\n"), "A=one\ntwo\nB=it's $HOST\\n\nC=x\n");
}

TEST(EnvFile, DoubleQuotedValuesKnowEscapes) {
  EXPECT_EQ(variables(R"(A="a\tb\"c\\d\$HOST\q\0101\07")"), "A=a\tb\"c\\d$HOST\\qA\\7\n");
}

TEST(EnvFile, VariablesComeFromOutsideThenFromTheLinesAbove) {
  EXPECT_EQ(variables("HOST=inner\nA=$HOST\nB=${C:-none}\nC=\"<${A}>\"\nD='${A}'\n"),
            "A=outer\nB=none\nC=<outer>\nD=${A}\nHOST=inner\n");
}

TEST(EnvFile, AKeyWithoutAValueIsTakenFromOutside) {
  EXPECT_EQ(variables("HOST\nMISSING\nexport HOST"), "HOST=outer\n");
}

TEST(EnvFile, EveryMalformedLineIsReportedAndTheOthersAreRead) {
  const auto outcome = read("A B=1\nC=2\n%D=3\n=4\nE=${\nF=\"open\n");
  EXPECT_EQ(outcome.variables, "C=2\nE=${\n");
  EXPECT_EQ(outcome.faults,
            ".env:1:1: key 'A B' cannot contain a space\n"
            ".env:3:1: unexpected character '%' in variable name '%D=3'\n"
            ".env:4:1: a variable name is missing\n"
            ".env:5:1: invalid interpolation format '${': write $$ for a dollar sign\n"
            ".env:6:3: unterminated quoted value \"open");
}

TEST(EnvFile, RawFilesAreTakenAsTheyStand) {
  const auto outcome = read("# c\n A=\"x\" # y \r\nB=$HOST\nHOST\nMISSING\n=1\nC D=1", EnvFileFormat::kRaw);
  EXPECT_EQ(outcome.variables, "A=\"x\" # y \nB=$HOST\nHOST=outer\n");
  EXPECT_EQ(outcome.faults, ".env:6:1: no variable name on line '=1'\n.env:7:1: variable 'C D' contains whitespaces");
}

TEST(EnvFile, FormatsHaveNames) {
  EXPECT_EQ(env_file_format(""), EnvFileFormat::kDotEnv);
  EXPECT_EQ(env_file_format("raw"), EnvFileFormat::kRaw);
  EXPECT_EQ(env_file_format("json"), std::nullopt);
}

}  // namespace
}  // namespace berth::compose
