#include "cli/machine/shell.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

const Variables kVariables = {{"DOCKER_HOST", "tcp://10.213.0.2:2376"}};

// What docker-machine 0.16 prints for each shell.
TEST(Shell, SetsAVariableInItsOwnWords) {
  EXPECT_EQ(set_variables("bash", kVariables), "export DOCKER_HOST=\"tcp://10.213.0.2:2376\"\n");
  EXPECT_EQ(set_variables("fish", kVariables), "set -gx DOCKER_HOST \"tcp://10.213.0.2:2376\";\n");
  EXPECT_EQ(set_variables("powershell", kVariables), "$Env:DOCKER_HOST = \"tcp://10.213.0.2:2376\"\n");
  EXPECT_EQ(set_variables("cmd", kVariables), "SET DOCKER_HOST=tcp://10.213.0.2:2376\n");
  EXPECT_EQ(set_variables("tcsh", kVariables), "setenv DOCKER_HOST \"tcp://10.213.0.2:2376\";\n");
  EXPECT_EQ(set_variables("emacs", kVariables), "(setenv \"DOCKER_HOST\" \"tcp://10.213.0.2:2376\")\n");
}

TEST(Shell, UnsetsAVariableInItsOwnWords) {
  EXPECT_EQ(unset_variables("zsh", {"DOCKER_HOST"}), "unset DOCKER_HOST\n");
  EXPECT_EQ(unset_variables("fish", {"DOCKER_HOST"}), "set -e DOCKER_HOST;\n");
  EXPECT_EQ(unset_variables("powershell", {"DOCKER_HOST"}), "Remove-Item Env:\\\\DOCKER_HOST\n");
  EXPECT_EQ(unset_variables("cmd", {"DOCKER_HOST"}), "SET DOCKER_HOST=\n");
  EXPECT_EQ(unset_variables("tcsh", {"DOCKER_HOST"}), "unsetenv DOCKER_HOST;\n");
  EXPECT_EQ(unset_variables("emacs", {"DOCKER_HOST"}), "(setenv \"DOCKER_HOST\" nil)\n");
}

TEST(Shell, HintsHowToTakeEffect) {
  const std::string line = "berth machine env dev";
  const std::string before = " Run this command to configure your shell: \n";
  EXPECT_EQ(usage_hint("bash", line), "#" + before + "# eval $(berth machine env dev)\n");
  EXPECT_EQ(usage_hint("fish", line), "#" + before + "# eval (berth machine env dev)\n");
  EXPECT_EQ(usage_hint("powershell", line), "#" + before + "# & berth machine env dev | Invoke-Expression\n");
  EXPECT_EQ(usage_hint("cmd", line),
            "REM" + before + "REM \t@FOR /f \"tokens=*\" %i IN ('berth machine env dev') DO @%i\n");
  EXPECT_EQ(usage_hint("tcsh", line), ":" + before + ": eval `berth machine env dev`\n");
  EXPECT_EQ(usage_hint("emacs", line),
            ";;" + before +
                ";; (with-temp-buffer (shell-command \"berth machine env dev\" (current-buffer)) (eval-buffer))\n");
}

}  // namespace
}  // namespace berth::cli
