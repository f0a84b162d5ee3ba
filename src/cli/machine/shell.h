// The words by which each shell sets and unsets variables, as `docker-machine env` prints them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::cli {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Shells: fish, powershell, cmd, tcsh, emacs; any other is a Bourne shell's kin.
std::string set_variables(std::string_view shell, const Variables& variables);
std::string unset_variables(std::string_view shell, const std::vector<std::string>& names);
// The comment that tells how to run `command_line` so that its output takes effect.
std::string usage_hint(std::string_view shell, const std::string& command_line);

}  // namespace berth::cli
