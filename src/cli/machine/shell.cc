#include "cli/machine/shell.h"

namespace berth::cli {

namespace {

struct Dialect {
  std::string_view shell;
  std::string_view set_before, set_between, set_after;
  std::string_view unset_before, unset_after;
  std::string_view comment;
  std::string_view run_before, run_after;  // around the command line in the hint
};

constexpr Dialect kBourne = {"", "export ", "=\"", "\"\n", "unset ", "\n", "#", "eval $(", ")"};
constexpr Dialect kDialects[] = {
    {"fish", "set -gx ", " \"", "\";\n", "set -e ", ";\n", "#", "eval (", ")"},
    {"powershell", "$Env:", " = \"", "\"\n", "Remove-Item Env:\\\\", "\n", "#", "& ", " | Invoke-Expression"},
    {"cmd", "SET ", "=", "\n", "SET ", "=\n", "REM", "\t@FOR /f \"tokens=*\" %i IN ('", "') DO @%i"},
    {"tcsh", "setenv ", " \"", "\";\n", "unsetenv ", ";\n", ":", "eval `", "`"},
    {"emacs", "(setenv \"", "\" \"", "\")\n", "(setenv \"", "\" nil)\n", ";;", "(with-temp-buffer (shell-command \"",
     "\" (current-buffer)) (eval-buffer))"},
};

const Dialect& dialect_of(std::string_view shell) {
  for (const Dialect& dialect : kDialects) {
    if (dialect.shell == shell) return dialect;
  }
  return kBourne;
}

}  // namespace

std::string set_variables(std::string_view shell, const Variables& variables) {
  const Dialect& d = dialect_of(shell);
  std::string text;
  for (const auto& [name, value] : variables) {
    text.append(d.set_before).append(name).append(d.set_between).append(value).append(d.set_after);
  }
  return text;
}

std::string unset_variables(std::string_view shell, const std::vector<std::string>& names) {
  const Dialect& d = dialect_of(shell);
  std::string text;
  for (const std::string& name : names) text.append(d.unset_before).append(name).append(d.unset_after);
  return text;
}

std::string usage_hint(std::string_view shell, const std::string& command_line) {
  const Dialect& d = dialect_of(shell);
  std::string text;
  text.append(d.comment).append(" Run this command to configure your shell: \n");
  text.append(d.comment).append(" ").append(d.run_before).append(command_line).append(d.run_after).append("\n");
  return text;
}

}  // namespace berth::cli
