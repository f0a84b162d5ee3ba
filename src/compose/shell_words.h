// A command line as the words that a shell would make of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::compose {

struct ShellWords {
  std::vector<std::string> words;
  // The operator (one of ; & | < >) that ended the command; what follows it is not run.
  std::optional<char> stopped_at;
};

// Quotes and backslashes are resolved; $(...) and `...` are kept as they are; variables are not expanded. Nothing when
// a quote or bracket is not closed. Source: compose's reading of `command: TEXT`.
std::optional<ShellWords> split_shell_words(std::string_view line);

}  // namespace berth::compose
