#include "compose/interpolate.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "compose/attribute_types.h"
#include "compose/template.h"

namespace berth::compose {
namespace {

using Operation = TemplatePart::Operation;

// Replaces the variables of one text. The text's first fault ends it.
class Substitution {
 public:
  Substitution(const Lookup& lookup, yaml::Findings& findings, yaml::Position position)
      : lookup_(lookup), findings_(findings), position_(position) {}

  // Throws kInvalid.
  std::string expand(std::string_view text, int depth = 0) {
    if (depth > kDeepestTemplate) {
      throw Error(Kind::kInvalid,
                  "variables are nested more than " + std::to_string(kDeepestTemplate) + " levels deep");
    }
    std::string expanded;
    std::size_t done = 0;
    while (const auto part = next_template_part(text, done)) {
      expanded += text.substr(done, part->begin - done);
      done = part->end;
      switch (part->kind) {
        case TemplatePart::Kind::kEscape:
          expanded += '$';
          break;
        case TemplatePart::Kind::kVariable:
          expanded += value_of(*part, depth);
          break;
        case TemplatePart::Kind::kInvalid:
          throw Error(Kind::kInvalid,
                      "invalid interpolation format '" + std::string(text) + "': write $$ for a dollar sign");
      }
    }
    return expanded += text.substr(done);
  }

 private:
  std::string value_of(const TemplatePart& part, int depth) {
    std::optional<std::string> value = lookup_(part.name);
    const bool present = value && !(part.empty_is_unset && value->empty());
    switch (part.operation) {
      case Operation::kNone:
        if (!value) {
          findings_.warn_once(
              position_, "The \"" + std::string(part.name) + "\" variable is not set. Defaulting to a blank string.");
        }
        break;
      case Operation::kDefault:
        if (!present) return expand(part.argument, depth + 1);
        break;
      case Operation::kAlternate:
        if (present) return expand(part.argument, depth + 1);
        break;
      case Operation::kRequired:
        if (!present) {
          const std::string reason = expand(part.argument, depth + 1);
          throw Error(Kind::kInvalid, "required variable " + std::string(part.name) + " is missing a value" +
                                          (reason.empty() ? "" : ": " + reason));
        }
        break;
    }
    return value.value_or("");
  }

  const Lookup& lookup_;
  yaml::Findings& findings_;
  const yaml::Position position_;
};

std::optional<std::string> try_substitute(std::string_view text, const Lookup& lookup, yaml::Findings& findings,
                                          yaml::Position position, std::string_view path) {
  try {
    return Substitution(lookup, findings, position).expand(text);
  } catch (const Error& e) {
    findings.faults.push_back({position, std::string(path), e.message()});
    return std::nullopt;
  }
}

// Walks a document; a node that stays as it is stays shared.
class Interpolation {
 public:
  Interpolation(const Lookup& lookup, yaml::Findings& findings) : lookup_(lookup), findings_(findings) {}

  // The node's replacement, nothing when it stays. `types` describes the attributes from here on, if any have a type.
  std::optional<yaml::Node> visit(const yaml::Node& node, const yaml::NodePath& path, const AttributeTypes* types) {
    switch (node.kind()) {
      case yaml::NodeKind::kString:
        return visit_string(node, path, types);
      case yaml::NodeKind::kSequence:
        return visit_sequence(node, path, types);
      case yaml::NodeKind::kMapping:
        return visit_mapping(node, path, types);
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<yaml::Node> visit_sequence(const yaml::Node& node, const yaml::NodePath& path,
                                           const AttributeTypes* types) {
    const AttributeTypes* item_types = types ? types->below("[]") : nullptr;
    std::optional<yaml::Node> changed;
    for (std::size_t i = 0; i < node.size(); ++i) {
      auto item = visit(node.items()[i], yaml::NodePath(path, i), item_types);
      if (!item) continue;
      if (!changed) changed = node;
      changed->edit_items()[i] = std::move(*item);
    }
    return changed;
  }

  std::optional<yaml::Node> visit_mapping(const yaml::Node& node, const yaml::NodePath& path,
                                          const AttributeTypes* types) {
    std::optional<yaml::Node> changed;
    const yaml::Mapping& entries = node.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& [key, position, value] = entries[i];
      auto replaced = visit(value, yaml::NodePath(path, key), types ? types->below(key) : nullptr);
      if (!replaced) continue;
      if (!changed) changed = node;
      changed->edit_entries().value_at(i) = std::move(*replaced);
    }
    return changed;
  }

  std::optional<yaml::Node> visit_string(const yaml::Node& node, const yaml::NodePath& path,
                                         const AttributeTypes* types) {
    const bool has_variables = node.text().find('$') != std::string::npos;
    const AttributeType type = types ? types->type() : AttributeType::kAny;
    if (!has_variables && type == AttributeType::kAny) return std::nullopt;
    std::string text = node.text();
    if (has_variables) {
      auto expanded = try_substitute(text, lookup_, findings_, node.position(), path.str());
      if (!expanded) return std::nullopt;
      text = std::move(*expanded);
    }
    yaml::Node replaced = yaml::Node::string(std::move(text), node.position(), node.style());
    if (type != AttributeType::kAny) replaced = cast_attribute(replaced, type, path, findings_);
    replaced.set_tag(node.tag());
    return replaced;
  }

  const Lookup& lookup_;
  yaml::Findings& findings_;
};

void collect(std::string_view text, std::map<std::string, Variable>& variables, int depth) {
  if (depth > kDeepestTemplate) return;
  std::size_t done = 0;
  while (const auto part = next_template_part(text, done)) {
    done = part->end;
    if (part->kind != TemplatePart::Kind::kVariable) continue;
    Variable variable{.name = std::string(part->name), .required = part->operation == Operation::kRequired};
    if (part->operation == Operation::kDefault) variable.default_value = part->argument;
    if (part->operation == Operation::kAlternate) variable.alternate_value = part->argument;
    variables[variable.name] = variable;
    if (part->operation != Operation::kRequired) collect(part->argument, variables, depth + 1);
  }
}

void collect(const yaml::Node& node, std::map<std::string, Variable>& variables) {
  if (const auto* text = node.as_string()) collect(*text, variables, 0);
  for (const auto& item : node.items()) collect(item, variables);
  for (const auto& entry : node.entries()) collect(entry.value, variables);
}

}  // namespace

std::string substitute(std::string_view text, const Lookup& lookup, yaml::Findings& findings, yaml::Position position,
                       std::string_view path) {
  if (text.find('$') == std::string_view::npos) return std::string(text);
  return try_substitute(text, lookup, findings, position, path).value_or(std::string(text));
}

yaml::Node interpolate(const yaml::Node& root, const Lookup& lookup, yaml::Findings& findings) {
  return Interpolation(lookup, findings).visit(root, yaml::NodePath(), &AttributeTypes::root()).value_or(root);
}

std::vector<Variable> variables_of(const yaml::Node& root) {
  std::map<std::string, Variable> variables;
  collect(root, variables);
  std::vector<Variable> listed;
  for (auto& [name, variable] : variables) listed.push_back(std::move(variable));
  return listed;
}

}  // namespace berth::compose
