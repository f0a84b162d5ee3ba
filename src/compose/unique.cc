#include "compose/unique.h"

#include <optional>
#include <string>
#include <unordered_map>

#include "base/strings.h"
#include "compose/canonical_volume.h"
#include "compose/path_table.h"
#include "yaml/path.h"

namespace berth::compose {
namespace {

using yaml::Node;
using yaml::NodePath;

// What an element is known by; nothing, with a fault, when it has no such thing.
using KeyOf = std::optional<std::string> (*)(const Node& element, const NodePath& path, yaml::Findings& findings);

std::optional<std::string> fault(const Node& node, const NodePath& path, std::string message,
                                 yaml::Findings& findings) {
  findings.faults.push_back({node.position(), path.str(), std::move(message)});
  return std::nullopt;
}

std::optional<std::string> variable_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (!element.is_string()) {
    return fault(element, path, "must be a string, not " + std::string(describe(element.kind())), findings);
  }
  return std::string(cut(element.text(), '=').first);
}

std::optional<std::string> target_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (element.is_string()) {
    Mount mount;
    if (const auto problem = parse_short_volume(element.text(), mount)) {
      return fault(element, path, *problem, findings);
    }
    return mount.target;
  }
  if (!element.is_mapping()) return std::string();
  const Node* target = element.find("target");
  if (target == nullptr || !target->is_string()) return fault(element, path, "is missing a mount target", findings);
  return target->text();
}

std::optional<std::string> device_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (element.is_mapping()) {
    const Node* target = element.find("target");
    if (target == nullptr || !target->is_string()) return fault(element, path, "is missing a mount target", findings);
    return target->text();
  }
  const std::vector<std::string> parts = split(element.text(), ':');
  return parts.size() == 1 ? parts[0] : parts[1];
}

std::optional<std::string> scalar_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (!element.is_string() && !element.is_integer()) return fault(element, path, "must be a port", findings);
  return element.to_display();
}

std::optional<std::string> grant_key(const Node& element, const NodePath& path, const std::string& folder,
                                     yaml::Findings& findings) {
  if (element.is_string()) return folder + "/" + element.text();
  if (!element.is_mapping()) return fault(element, path, "must be a string or a mapping", findings);
  if (const Node* target = element.find("target")) return target->to_display();
  const Node* source = element.find("source");
  return folder + "/" + (source != nullptr ? source->to_display() : std::string());
}

std::optional<std::string> config_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  return grant_key(element, path, "", findings);
}

std::optional<std::string> secret_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  return grant_key(element, path, "/run/secrets", findings);
}

std::optional<std::string> port_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (!element.is_mapping()) return element.to_display();
  const Node* target = element.find("target");
  if (target == nullptr) return fault(element, path, "is missing a target port", findings);
  const auto part = [&](std::string_view name, std::string_view otherwise) {
    const Node* value = element.find(name);
    return value != nullptr ? value->to_display() : std::string(otherwise);
  };
  // A number and the text of it are different keys in the reference; both forms are kept then.
  const Node* published = element.find("published");
  const std::string_view mark = published != nullptr && !published->is_string() ? "#" : "";
  return part("host_ip", "0.0.0.0") + ":" + std::string(mark) + part("published", "") + ":" + target->to_display() +
         "/" + part("protocol", "tcp");
}

std::optional<std::string> env_file_key(const Node& element, const NodePath& path, yaml::Findings& findings) {
  if (!element.is_mapping()) return element.to_display();
  const Node* file = element.find("path");
  if (file == nullptr) return fault(element, path, "is missing its path", findings);
  return file->to_display();
}

const PathTable<KeyOf>& keys() {
  static const PathTable<KeyOf> table = {
      {"networks.*.labels", variable_key},
      {"networks.*.ipam.options", variable_key},
      {"services.*.annotations", variable_key},
      {"services.*.build.args", variable_key},
      {"services.*.build.additional_contexts", variable_key},
      {"services.*.build.platform", variable_key},
      {"services.*.build.tags", variable_key},
      {"services.*.build.labels", variable_key},
      {"services.*.cap_add", variable_key},
      {"services.*.cap_drop", variable_key},
      {"services.*.devices", device_key},
      {"services.*.configs", config_key},
      {"services.*.deploy.labels", variable_key},
      {"services.*.dns", variable_key},
      {"services.*.dns_opt", variable_key},
      {"services.*.dns_search", variable_key},
      {"services.*.environment", variable_key},
      {"services.*.env_file", env_file_key},
      {"services.*.expose", scalar_key},
      {"services.*.labels", variable_key},
      {"services.*.links", variable_key},
      {"services.*.networks.*.aliases", variable_key},
      {"services.*.networks.*.link_local_ips", variable_key},
      {"services.*.ports", port_key},
      {"services.*.profiles", variable_key},
      {"services.*.secrets", secret_key},
      {"services.*.sysctls", variable_key},
      {"services.*.tmpfs", variable_key},
      {"services.*.volumes", target_key},
  };
  return table;
}

void make_unique(Node& list, KeyOf key_of, const NodePath& path, yaml::Findings& findings) {
  Node::Sequence kept;
  std::unordered_map<std::string, std::size_t> places;
  kept.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Node& element = list.items()[i];
    const auto key = key_of(element, NodePath(path, i), findings);
    if (!key) continue;
    const auto [place, is_new] = places.emplace(*key, kept.size());
    if (is_new) {
      kept.push_back(element);
    } else {
      kept[place->second] = element;
    }
  }
  if (kept.size() != list.size()) list.edit_items() = std::move(kept);
}

void walk(Node& node, const PathTable<KeyOf>::Step& step, const NodePath& path, yaml::Findings& findings) {
  if (node.is_sequence() && step.rule()) return make_unique(node, *step.rule(), path, findings);
  if (!node.is_mapping() || step.is_last()) return;
  for (std::size_t i = 0; i < node.size(); ++i) {
    const auto& entry = node.entries()[i];
    const auto* next = step.next(entry.key);
    if (next == nullptr || entry.value.is_scalar()) continue;
    const std::string key = entry.key;
    walk(node.edit_entries().value_at(i), *next, NodePath(path, key), findings);
  }
}

}  // namespace

bool is_unique_list(const NodePath& path) {
  const auto* step = keys().find(path);
  return step != nullptr && step->rule().has_value();
}

void enforce_unique(Node& model, yaml::Findings& findings) { walk(model, keys().root(), NodePath(), findings); }

}  // namespace berth::compose
