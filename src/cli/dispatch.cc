#include <exception>

#include "base/error.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/parser.h"

namespace berth::cli {

namespace {

void check_count(const Command& command, std::size_t count) {
  const auto refuse = [&](const std::string& wanted) {
    throw Error(Kind::kInvalid,
                "'" + command.name + "' requires " + wanted + ", received " + std::to_string(count) +
                    (command.usage.empty() ? "" : " (usage: " + command.name + " " + command.usage + ")"));
  };
  const auto arguments = [](std::size_t number) {
    return std::to_string(number) + (number == 1 ? " argument" : " arguments");
  };
  if (command.at_least == command.at_most && count != command.at_least) {
    refuse(command.at_least == 0 ? "no arguments" : "exactly " + arguments(command.at_least));
  }
  if (count < command.at_least) refuse("at least " + arguments(command.at_least));
  if (count > command.at_most) refuse("at most " + arguments(command.at_most));
}

int run(const Command& root, const std::string& program, const std::vector<std::string>& words,
        const Environment& environment, Terminal& terminal, const Context& first, const Context& second) {
  Parsed parsed = parse(root, words, environment);
  const Command& command = *parsed.path.back();
  if (parsed.help || !command.run) {
    const std::vector<const Command*> above(parsed.path.begin(), parsed.path.end() - 1);
    terminal.out(help_text(command, above, program, terminal.size().columns));
    return 0;
  }
  check_count(command, parsed.arguments.rest.size());
  Invocation invocation{command.graceful ? second : first, first,  environment, terminal,
                        std::move(parsed.arguments),       program};
  return command.run(invocation);
}

}  // namespace

int dispatch(const Command& root, const std::string& program, const std::vector<std::string>& words,
             const Environment& environment, Terminal& terminal, const Context& first, const Context& second) {
  try {
    return run(root, program, words, environment, terminal, first, second);
  } catch (const Error& e) {
    // After Ctrl-C the shell's prompt is all that people want to see.
    if (e.kind() != Kind::kCancelled || !first.cancelled()) terminal.err_line(e.message());
    return exit_code(e.kind());
  } catch (const std::exception& e) {
    terminal.err_line(std::string("internal error: ") + e.what() + " (this is a bug in Berth, please report it)");
    return exit_code(Kind::kInternal);
  }
}

}  // namespace berth::cli
