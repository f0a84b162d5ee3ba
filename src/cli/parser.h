// From the words of a command line to a command and its arguments; rules are those of docker's flag library (pflag).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace berth::cli {

struct Parsed {
  std::vector<const Command*> path;  // from the root to the command
  Arguments arguments;
  std::unique_ptr<Command> adapted;  // the last of the path, where it adapts itself
  bool help = false;                 // --help, -h, `help COMMAND`
};

// Long flags take `--name VALUE` or `--name=VALUE`, short ones `-n VALUE`, `-nVALUE`, `-n=VALUE`; `-ab` is `-a -b`;
// `--` ends the flags. A flag of a command above is accepted there only, unless it is persistent. Throws kInvalid in
// docker's words: "unknown flag: --x".
Parsed parse(const Command& root, const std::vector<std::string>& words, const Environment& environment);

}  // namespace berth::cli
