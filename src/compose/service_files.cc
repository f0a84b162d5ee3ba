#include "compose/service_files.h"

#include <utility>

#include "compose/bind.h"
#include "compose/decode.h"
#include "compose/env_file.h"
#include "compose/shape.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

std::string place(const Service& service, std::string_view attribute, std::size_t index) {
  return "services." + service.name + "." + std::string(attribute) + "[" + std::to_string(index) + "]";
}

}  // namespace

void resolve_environment(Service& service, const Project& project, const FileReader& reader, yaml::Findings& findings) {
  const Node* files = service.tree.find("env_file");
  OptionalTextMap& own = service.environment;
  bool changed = files != nullptr;
  for (auto& [name, value] : own) {
    if (value) continue;
    value = project.environment.get(name);
    if (value) changed = true;
  }
  if (!changed) return;

  Variables merged;
  for (const auto& [name, value] : own) {
    if (value) merged[name] = *value;
  }
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (auto value = project.environment.get(name)) return value;
    const auto found = own.find(name);
    return found != own.end() ? found->second : std::nullopt;
  };
  for (std::size_t i = 0; files != nullptr && i < files->size(); ++i) {
    const Node& file = files->items()[i];
    const Node* path = file.find("path");
    const Node* format = file.find("format");
    const Node* required = file.find("required");
    if (path == nullptr) continue;
    const auto known_format = env_file_format(format != nullptr ? format->text() : "");
    if (!known_format) {
      findings.faults.push_back({format->position(), place(service, "env_file", i),
                                 "unsupported env_file format '" + format->text() + "', use raw or none"});
      continue;
    }
    const auto text =
        reader.type_of(path->text()) != FileReader::Type::kMissing ? reader.read(path->text()) : std::nullopt;
    if (text) {
      read_env_file(*text, path->text(), lookup, merged, findings, *known_format);
    } else if (required == nullptr || required->as_boolean() != false) {
      findings.faults.push_back(
          {path->position(), place(service, "env_file", i), "env file " + path->text() + " not found"});
    }
  }

  const Node* written = service.tree.find("environment");
  Mapping entries;
  for (const auto& [name, value] : merged) own.try_emplace(name, value);
  entries.reserve(own.size());
  for (const auto& [name, value] : own) {
    const Node* before = written != nullptr ? written->find(name) : nullptr;
    const yaml::Position position = before != nullptr ? before->position() : service.position;
    Node bound;
    if (value) bound = Node::string(*value, position);
    entries.insert(name, std::move(bound), position);
  }
  if (files != nullptr) service.tree.edit_entries().erase("env_file");
  const yaml::Position position = service.position_of("environment");
  if (!entries.empty())
    set_bound(service.tree, kServiceShape, "environment", Node::mapping(std::move(entries), position));
}

void resolve_labels(Service& service, bool discard_label_files, const FileReader& reader, yaml::Findings& findings) {
  const Node* files = service.tree.find("label_file");
  if (files == nullptr) return;
  Variables labels;
  const Lookup nothing = [](std::string_view) { return std::nullopt; };
  for (std::size_t i = 0; i < files->size(); ++i) {
    const Node& file = files->items()[i];
    const auto text =
        reader.type_of(file.text()) != FileReader::Type::kMissing ? reader.read(file.text()) : std::nullopt;
    if (!text) {
      findings.faults.push_back(
          {file.position(), place(service, "label_file", i), "label file " + file.text() + " not found"});
      continue;
    }
    Variables read;
    const Lookup earlier = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = labels.find(name);
      if (found == labels.end()) return std::nullopt;
      return found->second;
    };
    read_env_file(*text, file.text(), earlier, read, findings);
    for (auto& [name, value] : read) labels[name] = std::move(value);
  }
  for (auto& [name, value] : labels) service.labels.try_emplace(name, std::move(value));
  Mapping entries;
  for (const auto& [name, value] : service.labels) entries.insert(name, Node::string(value));
  if (discard_label_files) service.tree.edit_entries().erase("label_file");
  if (!entries.empty()) set_bound(service.tree, kServiceShape, "labels", Node::mapping(std::move(entries)));
}

}  // namespace berth::compose
