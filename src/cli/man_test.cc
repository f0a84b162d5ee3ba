#include "cli/man.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.h"

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Command tree() {
  Command up;
  up.name = "up";
  up.usage = "[OPTIONS] [SERVICE...]";
  up.summary = "Create and start containers";
  up.flags = {flag("detach", 'd', "Run in the background"), flag("secret", 0, "Not listed").unlisted(),
              text_flag("pull", 0, "When to pull").with_default("policy")};
  Command hidden;
  hidden.name = "__hidden";
  hidden.hidden = true;
  Command root;
  root.name = "berth";
  root.summary = ".NET's \\ friend";
  root.children = {up, hidden};
  return root;
}

TEST(Man, EveryListedCommandHasAPage) {
  const auto pages = man_pages(tree());
  EXPECT_EQ(pages.size(), 2U);
  EXPECT_TRUE(pages.contains("berth.1"));
  EXPECT_TRUE(pages.contains("berth-up.1"));
}

TEST(Man, APageHasNameSynopsisAndOptions) {
  const std::string page = man_pages(tree()).at("berth-up.1");
  EXPECT_THAT(page, HasSubstr(".SH NAME\nberth\\-up \\- Create and start containers\n"));
  EXPECT_THAT(page, HasSubstr(".SH SYNOPSIS\n\\fBberth up\\fR [OPTIONS] [SERVICE...]\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-d, \\-\\-detach\\fR\nRun in the background\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-pull\\fR \\fIstring\\fR\nWhen to pull (default \"policy\")\n"));
  EXPECT_THAT(page, Not(HasSubstr("secret")));
  EXPECT_THAT(page, HasSubstr(".SH SEE ALSO\n\\fBberth\\fR(1)\n"));
}

TEST(Man, TextThatLooksLikeRoffIsPrintedAsItIs) {
  EXPECT_THAT(man_pages(tree()).at("berth.1"), HasSubstr("berth \\- \\&.NET's \\e friend\n"));
}

TEST(Man, EveryCommandOfBerthSaysWhatItDoes) {
  for (const auto& [name, page] : man_pages(berth_command())) EXPECT_THAT(page, Not(HasSubstr(" \\- \n"))) << name;
}

}  // namespace
}  // namespace berth::cli
