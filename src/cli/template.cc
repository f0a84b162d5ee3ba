#include "cli/template.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/table.h"
#include "cli/template_ast.h"

namespace berth::cli {

namespace {

using namespace template_ast;

[[noreturn]] void refuse(const std::string& message) { throw Error(berth::Kind::kInvalid, "template: " + message); }

enum class Flow { kOn, kBreak, kContinue };

// Walks the nodes over one value.
class Evaluator {
 public:
  Evaluator(const json::value& root, const TemplateOptions& options) : root_(root), options_(options) {}

  Flow run(const std::vector<Node>& nodes, const json::value& dot) {
    const std::size_t scope = variables_.size();
    Flow flow = Flow::kOn;
    for (auto node = nodes.begin(); node != nodes.end() && flow == Flow::kOn; ++node) flow = run(*node, dot);
    variables_.resize(scope);
    return flow;
  }

  std::string text;

 private:
  struct Variable {
    std::string name;
    json::value value;
  };

  Flow run(const Node& node, const json::value& dot) {
    switch (node.kind) {
      case Node::Kind::kText:
        text += node.text;
        return Flow::kOn;
      case Node::Kind::kAction: {
        const json::value value = evaluate(node.pipeline, dot);
        if (node.pipeline.variables.empty()) text += print_value(value);
        return Flow::kOn;
      }
      case Node::Kind::kIf:
      case Node::Kind::kWith:
        return choose(node, dot);
      case Node::Kind::kRange:
        return range(node, dot);
      case Node::Kind::kBreak:
        return Flow::kBreak;
      case Node::Kind::kContinue:
        return Flow::kContinue;
    }
    return Flow::kOn;
  }

  Flow choose(const Node& node, const json::value& dot) {
    const std::size_t scope = variables_.size();
    const json::value value = evaluate(node.pipeline, dot);
    const bool with = node.kind == Node::Kind::kWith;
    const Flow flow = truth(value) ? run(node.body, with ? value : dot) : run(node.otherwise, dot);
    variables_.resize(scope);
    return flow;
  }

  Flow range(const Node& node, const json::value& dot) {
    const std::size_t scope = variables_.size();
    Pipeline pipeline = node.pipeline;
    const std::vector<std::string> names = std::exchange(pipeline.variables, {});
    const json::value over = evaluate(pipeline, dot);
    std::size_t rounds = 0;
    const auto step = [&](json::value key, const json::value& item) {
      ++rounds;
      if (names.size() == 2) variables_.push_back({names[0], std::move(key)});
      if (!names.empty()) variables_.push_back({names.back(), item});
      const Flow flow = run(node.body, item);
      variables_.resize(scope);
      return flow != Flow::kBreak;
    };
    if (const auto* array = over.if_array()) {
      for (std::size_t i = 0; i < array->size() && step(static_cast<std::int64_t>(i), (*array)[i]);) ++i;
    } else if (const auto* object = over.if_object()) {
      std::vector<std::string> keys;
      for (const auto& member : *object) keys.emplace_back(member.key());
      std::sort(keys.begin(), keys.end());  // as Go ranges over a map
      for (const std::string& key : keys) {
        if (!step(json::value(json::string(key)), object->at(key))) break;
      }
    } else if (!over.is_null()) {
      refuse("cannot range over '" + print_value(over) + "'");
    }
    return rounds == 0 ? run(node.otherwise, dot) : Flow::kOn;
  }

  json::value evaluate(const Pipeline& pipeline, const json::value& dot) {
    std::optional<json::value> value;
    for (const template_ast::Command& command : pipeline.commands) value = evaluate(command, dot, std::move(value));
    if (pipeline.variables.size() > 1) refuse("only {{range}} sets two variables");
    for (const std::string& name : pipeline.variables) {
      if (pipeline.declares) {
        variables_.push_back({name, *value});
      } else {
        variable(name) = *value;
      }
    }
    return *value;
  }

  json::value evaluate(const template_ast::Command& command, const json::value& dot, std::optional<json::value> last) {
    const Operand& first = command.words.front();
    std::vector<json::value> arguments;
    for (std::size_t i = 1; i < command.words.size(); ++i) arguments.push_back(value_of(command.words[i], dot, {}));
    if (last) arguments.push_back(std::move(*last));
    return value_of(first, dot, arguments);
  }

  json::value call(const std::string& name, const std::vector<json::value>& arguments) {
    if (!options_.plain_functions) return call_function(name, arguments);
    for (const json::value& argument : arguments) {
      if (argument.is_string()) return argument;
    }
    return json::string();
  }

  json::value value_of(const Operand& operand, const json::value& dot, const std::vector<json::value>& arguments) {
    if (operand.base == Operand::Base::kFunction) return call(operand.name, arguments);
    const json::value value = base_of(operand, dot);
    const json::value* at = &value;
    json::value made;
    for (std::size_t i = 0; i < operand.fields.size(); ++i) {
      const bool is_last = i + 1 == operand.fields.size();
      made = member(*at, operand.fields[i], is_last ? arguments : std::vector<json::value>());
      at = &made;
    }
    if (operand.fields.empty() && !arguments.empty()) refuse("a value is not a function and takes no arguments");
    return *at;
  }

  json::value base_of(const Operand& operand, const json::value& dot) {
    switch (operand.base) {
      case Operand::Base::kRoot:
        return root_;
      case Operand::Base::kVariable:
        return variable(operand.name);
      case Operand::Base::kParenthesis:
        return evaluate(*operand.inner, dot);
      case Operand::Base::kLiteral:
        return operand.literal;
      default:
        return dot;
    }
  }

  json::value member(const json::value& of, const std::string& name, const std::vector<json::value>& arguments) {
    const auto* object = of.if_object();
    if (object != nullptr) {
      if (const auto* found = object->if_contains(name)) {
        if (!arguments.empty()) refuse("'" + name + "' is not a function and takes no arguments");
        return *found;
      }
      if (const auto method = options_.methods.find(name); method != options_.methods.end()) {
        return method->second(of, arguments);
      }
    }
    if (of.is_null() && !options_.strict) return {};
    if (object == nullptr) refuse("'" + print_value(of) + "' has no field '" + name + "'");
    if (!options_.strict) return {};
    std::vector<std::string> names;
    for (const auto& item : *object) names.emplace_back(item.key());
    const auto meant = nearest(name, names);
    refuse("there is no field '" + name + "'" +
           (meant ? ", did you mean '" + *meant + "'?" : "; there are: " + join(names, ", ")));
  }

  json::value& variable(const std::string& name) {
    for (auto found = variables_.rbegin(); found != variables_.rend(); ++found) {
      if (found->name == name) return found->value;
    }
    refuse("undefined variable '$" + name + "'");
  }

  const json::value& root_;
  const TemplateOptions& options_;
  std::vector<Variable> variables_;
};

std::string unescaped(std::string_view text) { return replace_all(replace_all(text, "\\t", "\t"), "\\n", "\n"); }

}  // namespace

Template::Template(std::string_view text) : nodes_(parse_template(text)) {}
Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

std::string Template::render(const json::value& data, const TemplateOptions& options) const {
  Evaluator evaluator(data, options);
  evaluator.run(nodes_, data);
  return std::move(evaluator.text);
}

std::string format_rows(std::string_view format, const std::vector<json::value>& rows, const json::value& headers,
                        const TemplateOptions& options) {
  constexpr std::string_view kTable = "table";
  const bool table = format.starts_with(kTable);
  if (table) format = trim(format.substr(kTable.size()));
  const Template shape(format == "json" ? "{{json .}}" : unescaped(format));
  std::vector<std::vector<std::string>> cells;
  if (table) {
    TemplateOptions plain = options;
    plain.strict = false;
    plain.plain_functions = true;
    cells.push_back(split(shape.render(headers, plain), '\t'));
  }
  std::string text;
  for (const json::value& row : rows) {
    const std::string line = shape.render(row, options);
    if (table) {
      cells.push_back(split(line, '\t'));
    } else {
      text += line + "\n";
    }
  }
  constexpr std::size_t kNarrowestColumn = 10;
  return table ? format_table(cells, kNarrowestColumn) : text;
}

}  // namespace berth::cli
