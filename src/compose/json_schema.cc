#include "compose/json_schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <re2/re2.h>

#include "base/json.h"
#include "base/strings.h"
#include "yaml/emit.h"
#include "yaml/path.h"

namespace berth::compose {

namespace {

using Types = std::uint8_t;
constexpr Types kNull = 1, kBoolean = 2, kInteger = 4, kNumber = 8, kString = 16, kArray = 32, kObject = 64;
constexpr Types kAnyType = 127;

struct TypeName {
  Types type;
  std::string_view in_schema;
  std::string_view for_people;
};
constexpr std::array<TypeName, 7> kTypeNames{{
    {kString, "string", "a string"},
    {kNumber, "number", "a number"},
    {kInteger, "integer", "an integer"},
    {kBoolean, "boolean", "true or false"},
    {kArray, "array", "a list"},
    {kObject, "object", "a mapping"},
    {kNull, "null", "empty"},
}};

Types type_named(std::string_view name) {
  for (const auto& known : kTypeNames) {
    if (known.in_schema == name) return known.type;
  }
  throw Error(Kind::kInternal, "unknown type '" + std::string(name) + "' in a schema");
}

// "a string, a number or a mapping".
std::string describe(Types types) {
  std::vector<std::string> names;
  for (const auto& known : kTypeNames) {
    if (types & known.type) names.emplace_back(known.for_people);
  }
  if (names.size() < 2) return names.empty() ? "nothing" : names[0];
  const std::string last = names.back();
  names.pop_back();
  return join(names, ", ") + " or " + last;
}

// All types that the value is of: an integer is a number too.
Types types_of(const yaml::Node& node) {
  switch (node.kind()) {
    case yaml::NodeKind::kNull:
      return kNull;
    case yaml::NodeKind::kBoolean:
      return kBoolean;
    case yaml::NodeKind::kInteger:
      return kInteger | kNumber;
    case yaml::NodeKind::kFloat: {
      const double value = node.as_number().value_or(0);
      return value == std::trunc(value) ? kInteger | kNumber : kNumber;  // 3.0 is an integer; .nan is not
    }
    case yaml::NodeKind::kString:
      return kString;
    case yaml::NodeKind::kSequence:
      return kArray;
    case yaml::NodeKind::kMapping:
      return kObject;
  }
  return 0;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back("'" + name + "'");
  return join(quoted, ", ");
}

// Text that is the same for equal values and for those only.
std::string fingerprint(const yaml::Node& node) {
  if (node.is_scalar()) return yaml::to_json(node);
  std::string text = node.is_sequence() ? "[" : "{";
  if (node.is_sequence()) {
    for (const auto& item : node.items()) text += fingerprint(item) + ",";
    return text;
  }
  yaml::Mapping sorted = node.entries();
  sorted.sort_by_key();
  for (const auto& entry : sorted) text += entry.key + "\"" + fingerprint(entry.value) + ",";
  return text;
}

}  // namespace

// One schema object.
struct JsonSchema::Rules {
  Types types = kAnyType;
  std::map<std::string, const Rules*, std::less<>> properties;
  std::vector<std::pair<std::unique_ptr<re2::RE2>, const Rules*>> pattern_properties;
  bool closed = false;                // additionalProperties: false
  const Rules* additional = nullptr;  // additionalProperties: {...}
  std::vector<std::string> required;
  std::vector<const Rules*> one_of;
  const Rules* items = nullptr;
  bool unique_items = false;
  std::vector<std::string> one_of_texts;  // enum
  std::unique_ptr<re2::RE2> pattern;
  std::optional<double> minimum;
  std::optional<double> maximum;
  const Rules* reference = nullptr;

  // What the value may be, seen through references and branches.
  Types accepted() const {
    Types accepted = types;
    if (reference) accepted &= reference->accepted();
    if (one_of.empty()) return accepted;
    Types branches = 0;
    for (const Rules* branch : one_of) branches |= branch->accepted();
    return accepted & branches;
  }
};

struct JsonSchema::Compiled {
  std::vector<std::unique_ptr<Rules>> all;
  const Rules* root = nullptr;
};

namespace {

using Rules = JsonSchema::Rules;

class Compiler {
 public:
  explicit Compiler(const json::value& document) : document_(document) {}

  const Rules* compile_root() {
    const Rules* root = compile(document_);
    for (const auto& rules : all_) check_branches(*rules);
    return root;
  }
  std::vector<std::unique_ptr<Rules>> take() { return std::move(all_); }

 private:
  Rules* make() { return all_.emplace_back(std::make_unique<Rules>()).get(); }

  const Rules* compile(const json::value& value) {
    Rules* rules = make();
    for (const auto& [keyword, argument] : value.as_object()) apply(*rules, keyword, argument);
    return rules;
  }

  void apply(Rules& rules, std::string_view keyword, const json::value& argument) {
    static constexpr std::array<std::string_view, 8> kRemarks{"$schema", "$id",      "$defs",      "title",
                                                              "default", "$comment", "deprecated", "description"};
    if (std::find(kRemarks.begin(), kRemarks.end(), keyword) != kRemarks.end()) return;
    if (keyword == "type") {
      rules.types = types_in(argument);
    } else if (keyword == "properties") {
      for (const auto& [name, schema] : argument.as_object()) rules.properties[std::string(name)] = compile(schema);
    } else if (keyword == "patternProperties") {
      for (const auto& [pattern, schema] : argument.as_object()) {
        rules.pattern_properties.emplace_back(expression(pattern), compile(schema));
      }
    } else if (keyword == "additionalProperties") {
      if (argument.is_bool()) {
        rules.closed = !argument.as_bool();
      } else {
        rules.additional = compile(argument);
      }
    } else if (keyword == "required") {
      rules.required = texts_in(argument);
    } else if (keyword == "oneOf") {
      for (const auto& branch : argument.as_array()) rules.one_of.push_back(compile(branch));
    } else if (keyword == "items") {
      rules.items = compile(argument);
    } else {
      apply_to_scalars(rules, keyword, argument);
    }
  }

  void apply_to_scalars(Rules& rules, std::string_view keyword, const json::value& argument) {
    if (keyword == "uniqueItems") {
      rules.unique_items = argument.as_bool();
    } else if (keyword == "enum") {
      rules.one_of_texts = texts_in(argument);
    } else if (keyword == "pattern") {
      rules.pattern = expression(std::string_view(argument.as_string()));
    } else if (keyword == "minimum") {
      rules.minimum = argument.to_number<double>();
    } else if (keyword == "maximum") {
      rules.maximum = argument.to_number<double>();
    } else if (keyword == "$ref") {
      rules.reference = referred(std::string_view(argument.as_string()));
    } else {
      throw Error(Kind::kInternal, "unknown keyword '" + std::string(keyword) + "' in a schema");
    }
  }

  static Types types_in(const json::value& argument) {
    if (argument.is_string()) return type_named(std::string_view(argument.as_string()));
    Types types = 0;
    for (const auto& name : argument.as_array()) types |= type_named(std::string_view(name.as_string()));
    return types;
  }

  static std::vector<std::string> texts_in(const json::value& argument) {
    std::vector<std::string> texts;
    for (const auto& text : argument.as_array()) texts.emplace_back(std::string_view(text.as_string()));
    return texts;
  }

  static std::unique_ptr<re2::RE2> expression(std::string_view pattern) {
    return std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()));
  }

  // "#/$defs/name"; definitions may refer to one another in circles.
  const Rules* referred(std::string_view reference) {
    if (const auto known = definitions_.find(reference); known != definitions_.end()) return known->second;
    constexpr std::string_view kPrefix = "#/$defs/";
    const auto* definitions = find(document_, "$defs");
    const auto* definition =
        definitions && reference.starts_with(kPrefix) ? find(*definitions, reference.substr(kPrefix.size())) : nullptr;
    if (!definition) throw Error(Kind::kInternal, "unknown reference '" + std::string(reference) + "' in a schema");
    Rules* rules = make();
    definitions_.emplace(reference, rules);
    for (const auto& [keyword, argument] : definition->as_object()) apply(*rules, keyword, argument);
    return rules;
  }

  // A oneOf is decided by the value's type, which makes its messages exact: no two branches may take the same.
  static void check_branches(const Rules& rules) {
    Types seen = 0;
    for (const Rules* branch : rules.one_of) {
      if (seen & branch->accepted()) throw Error(Kind::kInternal, "a schema's oneOf has branches of one type");
      seen |= branch->accepted();
    }
  }

  const json::value& document_;
  std::vector<std::unique_ptr<Rules>> all_;
  std::map<std::string, const Rules*, std::less<>> definitions_;
};

class Validation {
 public:
  std::vector<yaml::Diagnostic> take() { return std::move(found_); }

  void validate(const yaml::Node& node, const Rules& rules, const yaml::NodePath& path) {
    const Types types = types_of(node);
    const Types accepted = rules.accepted();
    if (!(types & accepted)) return report(node, path, "must be " + describe(accepted));
    if (rules.reference) validate(node, *rules.reference, path);
    for (const Rules* branch : rules.one_of) {
      if (types & branch->accepted()) validate(node, *branch, path);
    }
    if (node.is_mapping()) return validate_mapping(node, rules, path);
    if (node.is_sequence()) return validate_sequence(node, rules, path);
    if (node.is_string()) return validate_string(node, rules, path);
    if (node.is_number()) return validate_number(node, rules, path);
  }

 private:
  void report(const yaml::Node& node, const yaml::NodePath& path, std::string message) {
    found_.push_back({node.position(), path.str(), std::move(message)});
  }

  void validate_mapping(const yaml::Node& node, const Rules& rules, const yaml::NodePath& path) {
    for (const auto& name : rules.required) {
      if (!node.find(name)) report(node, path, "'" + name + "' is missing");
    }
    for (const auto& entry : node.entries()) {
      const yaml::NodePath below(path, entry.key);
      bool known = false;
      if (const auto property = rules.properties.find(entry.key); property != rules.properties.end()) {
        validate(entry.value, *property->second, below);
        known = true;
      }
      for (const auto& [pattern, property] : rules.pattern_properties) {
        if (!re2::RE2::PartialMatch(entry.key, *pattern)) continue;
        validate(entry.value, *property, below);
        known = true;
      }
      if (known) continue;
      if (rules.additional) validate(entry.value, *rules.additional, below);
      if (rules.closed) report_unknown(entry, rules, path);
    }
  }

  void report_unknown(const yaml::Mapping::Entry& entry, const Rules& rules, const yaml::NodePath& path) {
    std::vector<std::string> names;
    for (const auto& [name, property] : rules.properties) names.push_back(name);
    std::string message;
    if (names.empty()) {
      message = "'" + entry.key + "' is no valid name here";
    } else {
      message = "unknown attribute '" + entry.key + "'";
      if (const auto meant = nearest(entry.key, names)) message += ", did you mean '" + *meant + "'?";
    }
    found_.push_back({entry.key_position, path.str(), std::move(message)});
  }

  void validate_sequence(const yaml::Node& node, const Rules& rules, const yaml::NodePath& path) {
    for (std::size_t i = 0; rules.items && i < node.size(); ++i) {
      validate(node.items()[i], *rules.items, yaml::NodePath(path, i));
    }
    if (!rules.unique_items) return;
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const auto [first, inserted] = seen.emplace(fingerprint(node.items()[i]), i);
      if (inserted) continue;
      report(node.items()[i], yaml::NodePath(path, i),
             "is the same as item [" + std::to_string(first->second) + "]: items must be unique");
    }
  }

  void validate_string(const yaml::Node& node, const Rules& rules, const yaml::NodePath& path) {
    const auto& texts = rules.one_of_texts;
    if (!texts.empty() && std::find(texts.begin(), texts.end(), node.text()) == texts.end()) {
      std::string message = texts.size() == 1 ? "must be '" + texts[0] + "'" : "must be one of " + quoted_list(texts);
      if (const auto meant = nearest(node.text(), texts)) message += ", did you mean '" + *meant + "'?";
      report(node, path, std::move(message));
    }
    if (rules.pattern && !re2::RE2::PartialMatch(node.text(), *rules.pattern)) {
      report(node, path, "'" + node.text() + "' does not match " + rules.pattern->pattern());
    }
  }

  void validate_number(const yaml::Node& node, const Rules& rules, const yaml::NodePath& path) {
    const double value = node.as_number().value_or(0);
    if (rules.minimum && value < *rules.minimum) {
      report(node, path, "must be greater than or equal to " + format_number(*rules.minimum));
    }
    if (rules.maximum && value > *rules.maximum) {
      report(node, path, "must be less than or equal to " + format_number(*rules.maximum));
    }
  }

  std::vector<yaml::Diagnostic> found_;
};

}  // namespace

JsonSchema::JsonSchema(std::string_view text) {
  const json::value document = parse_json(text);
  Compiler compiler(document);
  auto compiled = std::make_unique<Compiled>();
  compiled->root = compiler.compile_root();
  compiled->all = compiler.take();
  compiled_ = std::move(compiled);
}

JsonSchema::~JsonSchema() = default;

std::vector<yaml::Diagnostic> JsonSchema::validate(const yaml::Node& root) const {
  Validation validation;
  validation.validate(root, *compiled_->root, yaml::NodePath());
  return validation.take();
}

}  // namespace berth::compose
