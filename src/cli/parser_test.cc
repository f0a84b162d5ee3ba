#include "cli/parser.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/completion.h"
#include "cli/help.h"

namespace berth::cli {
namespace {

Command tree() {
  Command up;
  up.name = "up";
  up.usage = "[OPTIONS] [SERVICE...]";
  up.summary = "Create and start containers";
  up.flags = {flag("detach", 'd', "Run in the background"), texts_flag("scale", 0, "Scale SERVICE to NUM"),
              integer_flag("timeout", 't', "Seconds to wait"),
              text_flag("pull", 0, "When to pull").with_default("policy").one_of({"always", "policy"})};
  up.run = [](Invocation&) { return 0; };
  Command exec = up;
  exec.name = "exec";
  exec.stops_at_first_argument = true;
  Command root;
  root.name = "compose";
  root.flags = {texts_flag("file", 'f', "Files"), flag("dry-run", 0, "Change nothing").everywhere()};
  root.children = {up, exec};
  return root;
}

Parsed parsed(const std::vector<std::string>& words) {
  static const Command root = tree();
  return parse(root, words, Environment());
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    parsed(words);
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

TEST(Parser, TakesEverySpellingOfAValue) {
  EXPECT_EQ(parsed({"-f", "a", "-fb", "--file=c", "--file", "d", "up"}).arguments.texts("file"),
            (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(parsed({"up", "-dt", "5"}).arguments.integer("timeout"), 5);
  EXPECT_TRUE(parsed({"up", "-dt5"}).arguments.on("detach"));
  EXPECT_FALSE(parsed({"up", "--detach=false"}).arguments.on("detach"));
}

TEST(Parser, FlagsAndArgumentsMayMixUntilTwoDashes) {
  EXPECT_EQ(parsed({"up", "web", "-d", "--", "-x"}).arguments.rest, (std::vector<std::string>{"web", "-x"}));
}

TEST(Parser, ACommandThatRunsAnotherLeavesItsFlagsAlone) {
  EXPECT_EQ(parsed({"exec", "-d", "web", "ls", "-d"}).arguments.rest, (std::vector<std::string>{"web", "ls", "-d"}));
}

TEST(Parser, OnlyAPersistentFlagIsAcceptedBelowItsCommand) {
  EXPECT_TRUE(parsed({"up", "--dry-run"}).arguments.on("dry-run"));
  EXPECT_EQ(refusal({"up", "-f", "x"}), "unknown shorthand flag: 'f' in -f");
}

TEST(Parser, SaysWhatIsWrongInDockersWords) {
  EXPECT_EQ(refusal({"up", "--foo"}), "unknown flag: --foo");
  EXPECT_EQ(refusal({"up", "--detahc"}), "unknown flag: --detahc, did you mean --detach?");
  EXPECT_EQ(refusal({"up", "--timeout"}), "flag needs an argument: --timeout");
  EXPECT_EQ(refusal({"up", "-t", "soon"}), "invalid argument \"soon\" for \"-t, --timeout\" flag: not a whole number");
  EXPECT_EQ(refusal({"exce"}), "unknown command: \"exce\", did you mean \"exec\"?");
}

TEST(Parser, ADefaultIsNotGiven) {
  EXPECT_EQ(parsed({"up"}).arguments.text("pull"), "policy");
  EXPECT_FALSE(parsed({"up"}).arguments.given("pull"));
}

TEST(Help, IsFoldedToTheTerminal) {
  Command root = tree();
  root.children[0].name = "upward";  // a command without a page
  EXPECT_EQ(help_text(root.children[0], {&root}, "docker compose", 60),
            R"(Usage:  docker compose upward [OPTIONS] [SERVICE...]

Create and start containers

Options:
  -d, --detach              Run in the background
      --dry-run             Change nothing
      --pull string         When to pull (always|policy)
                            (default "policy")
      --scale stringArray   Scale SERVICE to NUM
  -t, --timeout int         Seconds to wait
)");
}

TEST(Help, FoldsThePagesParagraphsAndKeepsTheirExamples) {
  EXPECT_EQ(
      fold_page("One two three\nfour --five.\n\n    berth compose up -d      # a long example line\n\n* a list\n", 14),
      "One two three\nfour --five.\n\n    berth compose up -d      # a long example line\n\n* a list\n");
  EXPECT_EQ(fold_page("One two\nthree four", 60), "One two three four\n");
}

TEST(Completion, KnowsEveryCommandAndFlag) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell, "berth", tree());
    EXPECT_NE(script.find("exec"), std::string::npos) << shell;
    EXPECT_NE(script.find("timeout"), std::string::npos) << shell;
  }
}

}  // namespace
}  // namespace berth::cli
