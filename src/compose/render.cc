#include "compose/render.h"

#include <utility>

#include "compose/key_order.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

bool has(const Attribute& attribute, Presence presence) { return (attribute.presence & presence) != 0; }

Node zero_of(Form form) {
  switch (form) {
    case Form::kText:
      return Node::string("");
    case Form::kBoolean:
      return Node::boolean(false);
    case Form::kInteger:
    case Form::kUnsigned:
      return Node::integer(0);
    case Form::kBytes:
      return Node::string("0");
    case Form::kObjectMap:
      return Node::mapping();
    default:
      return Node();
  }
}

// "id: path", or the id alone for the agent's default key.
Node ssh_keys(const Node& keys) {
  Node::Sequence list;
  for (const auto& [id, position, path] : keys.entries()) {
    list.push_back(Node::string(path.text().empty() ? id : id + ": " + path.text(), position));
  }
  return Node::sequence(std::move(list));
}

bool is_required(const Node& env_file) {
  const Node* required = env_file.find("required");
  return required != nullptr && required->as_boolean() == true;
}

// The parts that both printers share: `Printer` says what an object and an env file are.
template <typename Printer>
Node render_value(const Printer& printer, const Node& bound, const Attribute& attribute) {
  switch (attribute.form) {
    case Form::kObject:
      return printer.object(bound, *attribute.shape);
    case Form::kObjects:
    case Form::kEnvFiles: {
      Node::Sequence list;
      list.reserve(bound.size());
      for (const Node& item : bound.items()) {
        const bool is_env_file = attribute.form == Form::kEnvFiles;
        list.push_back(is_env_file ? printer.env_file(item, *attribute.shape) : printer.object(item, *attribute.shape));
      }
      return Node::sequence(std::move(list));
    }
    case Form::kObjectMap:
    case Form::kUlimits: {
      Mapping entries;
      entries.reserve(bound.size());
      for (const auto& [key, position, item] : bound.entries()) {
        entries.append(key, item.is_mapping() ? printer.object(item, *attribute.shape) : item);
      }
      return Node::mapping(std::move(entries));
    }
    case Form::kSsh:
      return ssh_keys(bound);
    default:
      return bound.is_null() && has(attribute, kAlways) ? zero_of(attribute.form) : bound;
  }
}

struct YamlPrinter {
  Node object(const Node& bound, const Shape& shape) const {
    Mapping entries;
    entries.reserve(bound.size());
    Mapping extensions;
    for (const auto& [key, position, value] : bound.entries()) {
      const Attribute* attribute = shape.find(key);
      if (attribute == nullptr) {
        extensions.append(key, sorted_for_yaml(value));
        continue;
      }
      Node rendered = render_value(*this, value, *attribute);
      if (rendered.is_mapping() && attribute->form != Form::kObject) sort_for_yaml(rendered.edit_entries());
      entries.append(key, std::move(rendered));
    }
    // Attributes of objects that print all of them.
    for (const Attribute& attribute : shape.attributes) {
      if (has(attribute, kAlwaysInYaml) || has(attribute, kAlways)) insert_zero(entries, attribute, shape);
    }
    sort_for_yaml(extensions);
    for (std::size_t i = 0; i < extensions.size(); ++i) {
      entries.insert(extensions[i].key, std::move(extensions.value_at(i)));
    }
    return Node::mapping(std::move(entries));
  }

  Node env_file(const Node& bound, const Shape&) const {
    const Node* path = bound.find("path");
    Node name = path != nullptr ? *path : Node::string("");
    if (is_required(bound)) return name;
    Mapping entries;
    entries.insert("path", std::move(name));
    entries.insert("required", Node::boolean(false));
    return Node::mapping(std::move(entries));
  }

 private:
  static void insert_zero(Mapping& entries, const Attribute& attribute, const Shape& shape) {
    const Node* value = entries.find(attribute.name);
    if (value != nullptr && !value->is_null()) return;
    Node object = Node::mapping(std::move(entries));
    Mapping& ordered = object.edit_entries();
    Mapping result;
    bool done = false;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      const Attribute* other = shape.find(ordered[i].key);
      if (!done && (other == nullptr || other >= &attribute)) {
        result.insert(attribute.name, zero_of(attribute.form));
        done = true;
      }
      if (other != &attribute) result.insert(ordered[i].key, std::move(ordered.value_at(i)));
    }
    if (!done) result.insert(attribute.name, zero_of(attribute.form));
    entries = std::move(result);
  }
};

struct JsonPrinter {
  Node object(const Node& bound, const Shape& shape) const {
    Mapping entries;
    entries.reserve(bound.size() + 2);
    // Bound attributes are in the shape's order: one walk over both.
    auto entry = bound.entries().begin();
    for (const Attribute& attribute : shape.attributes) {
      const std::string_view name = attribute.json_name.empty() ? attribute.name : attribute.json_name;
      if (entry != bound.entries().end() && entry->key == attribute.name) {
        const bool is_zero = has(attribute, kAlwaysInYaml) && entry->value.as_integer() == 0;
        if (!is_zero) entries.insert(name, render_value(*this, entry->value, attribute));
        ++entry;
      } else if (has(attribute, kAlwaysInJson)) {
        entries.insert(name, Node());
      } else if (has(attribute, kValue)) {
        entries.insert(name, object(Node::mapping(), *attribute.shape));
      } else if (has(attribute, kAlways)) {
        entries.insert(name, zero_of(attribute.form));
      }
    }
    return Node::mapping(std::move(entries));
  }

  Node env_file(const Node& bound, const Shape& shape) const {
    const Node* path = bound.find("path");
    if (is_required(bound)) return path != nullptr ? *path : Node::string("");
    return object(bound, shape);
  }
};

}  // namespace

Node render_for_yaml(const Node& bound, const Shape& shape) { return YamlPrinter().object(bound, shape); }

Node render_for_json(const Node& bound, const Shape& shape) { return JsonPrinter().object(bound, shape); }

}  // namespace berth::compose
