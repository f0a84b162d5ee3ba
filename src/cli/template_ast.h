// The parts of a parsed template; template_parse.cc makes them, template.cc evaluates them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace berth::cli::template_ast {

struct Pipeline;

// One word of a command: a literal, a function's name, or a value with fields behind it.
struct Operand {
  enum class Base { kDot, kRoot, kVariable, kParenthesis, kLiteral, kFunction };
  Base base = Base::kDot;
  std::string name;                       // of the variable or function
  json::value literal;                    // kLiteral
  std::shared_ptr<const Pipeline> inner;  // kParenthesis
  std::vector<std::string> fields;        // .A.B behind the base
};

struct Command {
  std::vector<Operand> words;
};

// `$a, $b := command | command`. The value of each command is the last argument of the next.
struct Pipeline {
  std::vector<std::string> variables;
  bool declares = false;  // :=, not =
  std::vector<Command> commands;
};

struct Node {
  enum class Kind { kText, kAction, kIf, kRange, kWith, kBreak, kContinue };
  Kind kind = Kind::kText;
  std::string text;
  Pipeline pipeline;
  std::vector<Node> body;
  std::vector<Node> otherwise;
};

// Throws kInvalid.
std::vector<Node> parse_template(std::string_view text);

// Calls a built-in function. Throws kInvalid for an unknown name or arguments that don't fit.
json::value call_function(const std::string& name, const std::vector<json::value>& arguments);
bool is_function(std::string_view name);
// Go's %v of a value: <no value>, [a b], map[k:v].
std::string print_value(const json::value& value);
// Whether {{if}} takes the value as true: not false, 0, empty or absent.
bool truth(const json::value& value);

}  // namespace berth::cli::template_ast
