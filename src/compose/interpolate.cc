#include "compose/interpolate.h"

#include <algorithm>
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

// Nothing, and a fault at what place() says, where the text cannot be expanded.
template <typename Place>
std::optional<std::string> try_substitute(std::string_view text, const Lookup& lookup, yaml::Findings& findings,
                                          yaml::Position position, Place place) {
  try {
    return Substitution(lookup, findings, position).expand(text);
  } catch (const Error& e) {
    findings.faults.push_back({position, place(), e.message(), true});
    return std::nullopt;
  }
}

// Walks a document and changes it in place.
class Interpolation {
 public:
  using Step = AttributeTypes::Step;

  Interpolation(const Lookup& lookup, yaml::Findings& findings) : lookup_(lookup), findings_(findings) {}

  // `step` is where the table of typed attributes is; nullptr where none can follow.
  void visit(yaml::Node& node, const yaml::NodePath& path, const Step* step) {
    if (node.is_string()) return visit_string(node, path, step);
    // An edit would copy what is shared: not where nothing is to be done.
    if (node.is_shared() && step == nullptr && !has_variables(node)) return;
    if (node.is_sequence()) {
      yaml::Node::Sequence& items = node.edit_items();
      const Step* next = step ? step->next() : nullptr;
      for (std::size_t i = 0; i < items.size(); ++i) visit(items[i], yaml::NodePath(path, i), next);
    } else if (node.is_mapping()) {
      yaml::Mapping& entries = node.edit_entries();
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string& key = entries[i].key;
        visit(entries.value_at(i), yaml::NodePath(path, key), step ? step->next(key) : nullptr);
      }
    }
  }

 private:
  static bool has_variables(const yaml::Node& node) {
    const auto& items = node.items();
    const auto& entries = node.entries();
    return node.text().find('$') != std::string::npos || std::any_of(items.begin(), items.end(), has_variables) ||
           std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return has_variables(entry.value); });
  }

  void visit_string(yaml::Node& node, const yaml::NodePath& path, const Step* step) {
    const bool is_typed = step && step->rule();
    const bool is_template = node.text().find('$') != std::string::npos;
    if (!is_template && !is_typed) return;
    const yaml::NodeTag tag = node.tag();
    if (is_template) {
      auto expanded = try_substitute(node.text(), lookup_, findings_, node.position(), [&] { return path.str(); });
      if (!expanded) return;
      node = yaml::Node::string(std::move(*expanded), node.position(), node.style());
    }
    if (is_typed) node = cast_attribute(node, *step->rule(), path, findings_);
    node.set_tag(tag);
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
  return try_substitute(text, lookup, findings, position, [&] { return std::string(path); })
      .value_or(std::string(text));
}

yaml::Node interpolate(yaml::Node root, const Lookup& lookup, yaml::Findings& findings) {
  Interpolation(lookup, findings).visit(root, yaml::NodePath(), &attribute_types().root());
  return root;
}

std::vector<Variable> variables_of(const yaml::Node& root) {
  std::map<std::string, Variable> variables;
  collect(root, variables);
  std::vector<Variable> listed;
  for (auto& [name, variable] : variables) listed.push_back(std::move(variable));
  return listed;
}

}  // namespace berth::compose
