// The command table: every command of `berth` as data, from which parsing, --help, shell completion and man pages come.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "cli/terminal.h"

namespace berth::cli {

// One option of a command. Made with the functions below.
struct Flag {
  enum class Type { kBool, kText, kInteger, kTexts };

  std::string name;    // long name without dashes
  char shorthand = 0;  // 0: none
  Type type = Type::kBool;
  std::string help;                  // one sentence, as in docker's help, without a full stop
  std::string type_name;             // what --help calls the value: string, int, stringArray, list, duration
  std::string default_text;          // shown by --help and given when absent; empty for none
  std::string environment;           // variable that gives the default when set; empty for none
  std::vector<std::string> choices;  // the only values accepted; any when empty
  std::string completes;    // what its value is, for completion: file, folder, service, machine; empty for nothing
  bool persistent = false;  // accepted by all commands below this one too
  bool hidden = false;      // accepted, not listed

  // Chainable changes for the table's one-liners.
  Flag with_default(std::string text) && {
    default_text = std::move(text);
    return std::move(*this);
  }
  Flag from_environment(std::string variable) && {
    environment = std::move(variable);
    return std::move(*this);
  }
  Flag one_of(std::vector<std::string> values) && {
    choices = std::move(values);
    return std::move(*this);
  }
  Flag completing(std::string what) && {
    completes = std::move(what);
    return std::move(*this);
  }
  Flag named(std::string type) && {
    type_name = std::move(type);
    return std::move(*this);
  }
  Flag everywhere() && {
    persistent = true;
    return std::move(*this);
  }
  Flag unlisted() && {
    hidden = true;
    return std::move(*this);
  }
};

Flag flag(std::string name, char shorthand, std::string help);          // --name, --name=false
Flag text_flag(std::string name, char shorthand, std::string help);     // --name VALUE, --name=VALUE, -nVALUE
Flag integer_flag(std::string name, char shorthand, std::string help);  // checked to be a whole number
Flag texts_flag(std::string name, char shorthand, std::string help);    // may be given several times

// What was given on the command line, for a command and those above it. A name that is no flag of theirs is a
// programming error (std::logic_error).
class Arguments {
 public:
  bool given(std::string_view name) const;  // on the command line, not by default
  bool on(std::string_view name) const;
  std::string text(std::string_view name) const;                          // the last one given, the default, or empty
  std::optional<std::string> optional_text(std::string_view name) const;  // nothing when not given and without default
  std::optional<long long> integer(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;

  std::vector<std::string> rest;  // what is no flag, in order

 private:
  friend class Parser;
  struct Value {
    const Flag* flag;
    std::vector<std::string> values;
    bool given = false;
  };
  const Value& find(std::string_view name) const;
  std::vector<Value> values_;
};

// All that a command may touch.
struct Invocation {
  const Context& context;      // cancelled at the first Ctrl-C; at the second for a command that is `graceful`
  const Context& interrupted;  // cancelled at the first Ctrl-C
  const Environment& environment;
  Terminal& terminal;
  Arguments arguments;
  std::string program;  // how the user calls this tree: "berth compose", "docker compose", "docker-compose"
};

struct Command {
  std::string name;
  std::vector<std::string> aliases;
  std::string usage;    // after the name: "[OPTIONS] [SERVICE...]"
  std::string summary;  // one line, as in docker's help
  std::vector<Flag> flags;
  std::size_t at_least = 0;  // arguments that are no flags
  std::size_t at_most = 1000000;
  std::string completes;                 // what these arguments are, for completion: service, machine, file
  bool stops_at_first_argument = false;  // flags after the first argument belong to it (exec, run)
  bool graceful = false;                 // handles the first Ctrl-C itself, by `interrupted`
  bool hidden = false;
  std::function<int(Invocation&)> run;  // returns the exit code; absent for a group
  // Changes the command for the words behind its name, before they are parsed: for flags that only those words decide.
  // May throw.
  std::function<void(Command&, const Environment&, const std::vector<std::string>& words)> adapt;
  std::vector<Command> children;
};

// Parses `words` (the command line without the program's name), runs the command and returns its exit code. Errors are
// printed on the terminal's standard error. `program` is what the user typed for `root`. Never throws.
// `first` and `second` are cancelled at the first and second Ctrl-C.
int dispatch(const Command& root, const std::string& program, const std::vector<std::string>& words,
             const Environment& environment, Terminal& terminal, const Context& first, const Context& second);

// The page that --help prints: usage, summary, description, options, commands.
// `width` is the terminal's; lines are folded as docker folds them.
std::string help_text(const Command& command, const std::vector<const Command*>& above, const std::string& program,
                      int width);

// Text of `src/cli/NAME.md` (such as "compose/up"), embedded at build; empty when there is none. Shown below the
// options by --help and as DESCRIPTION in man pages.
std::string_view long_help(std::string_view name);

}  // namespace berth::cli
