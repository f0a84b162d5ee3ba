#include "compose/config.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "compose/key_order.h"
#include "compose/render.h"
#include "compose/shape.h"
#include "compose/unique.h"
#include "yaml/emit.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

constexpr int kIndent = 2;

template <typename T>
Node trees_of(const ByName<T>& objects) {
  Mapping entries;
  entries.reserve(objects.size());
  for (const auto& [key, object] : objects) entries.append(key, object.tree);
  return Node::mapping(std::move(entries));
}

// What is taken from a variable shows the variable only: its value may be a secret.
Node file_objects_of(const ByName<FileObject>& objects) {
  Mapping entries;
  for (const auto& [key, object] : objects) {
    Node tree = object.tree;
    if (!object.environment.empty()) tree.edit_entries().erase("content");
    entries.insert(key, std::move(tree));
  }
  return Node::mapping(std::move(entries));
}

Node bound_project(const Project& project) {
  Mapping entries;
  if (!project.name.empty()) entries.insert("name", Node::string(project.name));
  entries.insert("services", trees_of(project.services));
  const auto add = [&](std::string_view section, Node objects) {
    if (!objects.empty()) entries.insert(section, std::move(objects));
  };
  add("networks", trees_of(project.networks));
  add("volumes", trees_of(project.volumes));
  add("secrets", file_objects_of(project.secrets));
  add("configs", file_objects_of(project.configs));
  add("models", trees_of(project.models));
  for (const auto& [key, position, value] : project.extensions.entries()) entries.insert(key, value);
  return Node::mapping(std::move(entries));
}

// What the reference's lists are in JSON when they are empty depends on which of its steps touched them last.
bool is_empty_as_null(const NodePath& path) {
  return !is_unique_list(path) || path.matches("services.*.environment") || path.matches("services.*.build.args");
}

Node with_nulls_for_empty_lists(Node node, const NodePath& path) {
  if (node.is_sequence()) {
    if (node.empty()) return is_empty_as_null(path) ? Node() : node;
    Node::Sequence& items = node.edit_items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i] = with_nulls_for_empty_lists(std::move(items[i]), NodePath(path, i));
    }
  } else if (node.is_mapping()) {
    Mapping& entries = node.edit_entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Node value = with_nulls_for_empty_lists(std::move(entries.value_at(i)), NodePath(path, entries[i].key));
      entries.value_at(i) = std::move(value);
    }
  }
  return node;
}

std::string escape_dollars(const std::string& text) {
  return text.find('$') == std::string::npos ? text : replace_all(text, "$", "$$");
}

template <typename T>
std::vector<std::string> keys_of(const ByName<T>& objects) {
  std::vector<std::string> keys;
  for (const auto& [key, object] : objects) keys.push_back(key);
  return keys;
}

}  // namespace

std::string config_yaml(const Project& project) {
  return escape_dollars(yaml::to_yaml(render_for_yaml(bound_project(project), kProjectShape)));
}

std::string config_json(const Project& project) {
  const Node rendered = render_for_json(bound_project(project), kProjectShape);
  Mapping entries;
  for (const auto& [key, position, value] : rendered.entries()) {
    // The reference leaves models out of its JSON.
    if (key != "models") entries.insert(key, value);
  }
  if (!entries.contains("name")) entries.insert("name", Node::string(project.name));
  for (const auto& [key, position, value] : project.extensions.entries()) entries.insert(key, sorted_for_json(value));
  entries.sort_by_key();
  return escape_dollars(yaml::to_json(Node::mapping(std::move(entries)), kIndent));
}

std::string model_yaml(const Node& model) { return yaml::to_yaml(sorted_for_yaml(model)); }

std::string model_json(const Node& model) {
  return yaml::to_json(with_nulls_for_empty_lists(sorted_for_json(model), NodePath()), kIndent);
}

std::vector<std::string> service_names(const Project& project) { return keys_of(project.services); }
std::vector<std::string> volume_keys(const Project& project) { return keys_of(project.volumes); }
std::vector<std::string> network_keys(const Project& project) { return keys_of(project.networks); }

std::vector<std::string> image_names(const Project& project) {
  std::vector<std::string> images;
  for (const auto& [name, service] : project.services) images.push_back(project.image_of(service));
  std::sort(images.begin(), images.end());
  return images;
}

std::vector<std::string> model_names(const Project& project) {
  std::vector<std::string> names;
  for (const auto& [key, model] : project.models) names.push_back(model.model);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> profile_names(const Project& project) {
  std::set<std::string> names;
  for (const auto* services : {&project.services, &project.disabled_services}) {
    for (const auto& [name, service] : *services) names.insert(service.profiles.begin(), service.profiles.end());
  }
  return {names.begin(), names.end()};
}

}  // namespace berth::compose
