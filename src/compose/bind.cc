#include "compose/bind.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compose/bind_values.h"
#include "compose/resolve.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

class Binder {
 public:
  explicit Binder(yaml::Findings& findings) : findings_(findings), values_(findings) {}

  Node object(const Node& source, const Shape& shape, const NodePath& path) {
    if (!source.is_mapping()) {
      if (!source.is_null()) wrong(source, path, "a mapping");
      return Node::mapping(source.position());
    }
    struct Found {
      const Attribute* attribute;  // nullptr for an extension
      const Mapping::Entry* entry;
    };
    std::vector<Found> found;
    found.reserve(source.size());
    for (const auto& entry : source.entries()) {
      const Attribute* attribute = shape.find(entry.key);
      const bool is_extension =
          attribute == nullptr && shape.has_extensions && entry.key.starts_with("x-") && entry.key != kSecretValue;
      if (attribute != nullptr || is_extension) found.push_back({attribute, &entry});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
      if (a.attribute != nullptr && b.attribute != nullptr) return a.attribute < b.attribute;
      if (a.attribute == nullptr && b.attribute == nullptr) return a.entry->key < b.entry->key;
      return a.attribute != nullptr;
    });
    Mapping entries;
    entries.reserve(found.size());
    for (const Found& one : found) {
      if (one.attribute == nullptr) {
        entries.append(one.entry->key, one.entry->value, one.entry->key_position);
        continue;
      }
      Node bound = value(one.entry->value, *one.attribute, NodePath(path, one.entry->key));
      if (is_printed(bound, *one.attribute)) entries.append(one.entry->key, std::move(bound), one.entry->key_position);
    }
    return Node::mapping(std::move(entries), source.position());
  }

 private:
  static bool is_printed(const Node& bound, const Attribute& attribute) {
    if ((attribute.presence & (kAlways | kAlwaysInYaml)) != 0) return true;
    if ((attribute.presence & (kUnlessUnset | kAlwaysInJson)) != 0) return !bound.is_null();
    // Durations and sizes are texts by now.
    if (attribute.form == Form::kDuration && bound.text() == "0s") return false;
    if (attribute.form == Form::kBytes && bound.text() == "0") return false;
    return !ValueBinder::is_zero(bound);
  }

  Node value(const Node& source, const Attribute& attribute, const NodePath& path) {
    switch (attribute.form) {
      case Form::kObject:
        return source.is_null() ? source : object(source, *attribute.shape, path);
      case Form::kObjects:
      case Form::kEnvFiles:
        return objects(source, attribute, path);
      case Form::kObjectMap:
      case Form::kUlimits:
        return object_map(source, attribute, path);
      default:
        return values_.bind(source, attribute.form, path);
    }
  }

  Node objects(const Node& source, const Attribute& attribute, const NodePath& path) {
    if (source.is_null()) return source;
    if (!source.is_sequence()) return wrong(source, path, "a list");
    Node::Sequence list;
    list.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
      list.push_back(object(source.items()[i], *attribute.shape, NodePath(path, i)));
    }
    return Node::sequence(std::move(list), source.position());
  }

  Node object_map(const Node& source, const Attribute& attribute, const NodePath& path) {
    if (source.is_null()) return source;
    if (!source.is_mapping()) return wrong(source, path, "a mapping");
    Mapping entries;
    entries.reserve(source.size());
    for (const auto& [key, key_position, item] : source.entries()) {
      entries.append(key, object_of_map(item, attribute, NodePath(path, key)), key_position);
    }
    entries.sort_by_key();
    return Node::mapping(std::move(entries), source.position());
  }

  Node object_of_map(const Node& source, const Attribute& attribute, const NodePath& path) {
    if (source.is_null() && (attribute.presence & kNullable) != 0) return source;
    if (attribute.form == Form::kUlimits && !source.is_mapping()) {
      Node both = values_.bind(source, Form::kInteger, path);
      // A limit of 0 is printed as two of 0, as the reference does.
      return ValueBinder::is_zero(both) ? Node::mapping(source.position()) : both;
    }
    return object(source, *attribute.shape, path);
  }

  Node wrong(const Node& source, const NodePath& path, std::string_view wanted) {
    findings_.faults.push_back({source.position(), path.str(),
                                "must be " + std::string(wanted) + ", not " + std::string(describe(source.kind()))});
    return Node();
  }

  yaml::Findings& findings_;
  ValueBinder values_;
};

}  // namespace

Node bind(const Node& object, const Shape& shape, const NodePath& path, yaml::Findings& findings) {
  return Binder(findings).object(object, shape, path);
}

void set_bound(Node& object, const Shape& shape, std::string_view attribute, Node value) {
  Mapping& entries = object.edit_entries();
  if (entries.contains(attribute)) {
    entries.insert_or_assign(attribute, std::move(value));
    return;
  }
  const Attribute* added = shape.find(attribute);
  Mapping ordered;
  bool done = false;
  const auto add = [&] {
    if (!done) ordered.insert(attribute, std::move(value));
    done = true;
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Attribute* other = shape.find(entries[i].key);
    if (other == nullptr || other > added) add();
    ordered.insert(entries[i].key, std::move(entries.value_at(i)), entries[i].key_position);
  }
  add();
  entries = std::move(ordered);
}

}  // namespace berth::compose
