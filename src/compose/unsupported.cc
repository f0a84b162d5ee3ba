#include "compose/unsupported.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace berth::compose {
namespace {

struct Attribute {
  std::string_view section;  // "build", or empty for the service itself
  std::string_view name;
  std::string_view advice;
  bool (*counts)(const Service& service) = nullptr;  // with other attributes it is acted on, where this says so
};

constexpr Attribute kUnsupported[] = {
    {"", "credential_spec", "engines on Linux have no credential specs: remove it"},
};

// docker compose passes over these in silence, and files written for a cluster have them: a warning is enough.
constexpr Attribute kWithoutEffect[] = {
    {"deploy", "placement", "a single engine has no choice, only a swarm goes by it"},
    {"deploy", "endpoint_mode", "containers are found by the engine's DNS"},
    {"", "pull_refresh_after", "give `pull_policy: refresh`, which it belongs to",
     [](const Service& service) { return service.pull_policy == "refresh"; }},
};

std::vector<yaml::Diagnostic> find(std::span<const Attribute> attributes, const Project& project,
                                   const yaml::Node& model, const std::string& message) {
  std::vector<yaml::Diagnostic> found;
  for (const auto& [name, service] : project.services) {
    for (const Attribute& attribute : attributes) {
      if (attribute.counts != nullptr && attribute.counts(service)) continue;
      const yaml::Node* object = model.find_path({"services", name});
      if (object != nullptr && !attribute.section.empty()) object = object->find(attribute.section);
      if (object == nullptr || !object->is_mapping()) continue;
      const auto* entry = object->entries().find_entry(attribute.name);
      if (entry == nullptr) continue;
      std::string path = "services." + name;
      if (!attribute.section.empty()) path += "." + std::string(attribute.section);
      path += "." + std::string(attribute.name);
      found.push_back({entry->key_position, std::move(path), message + "; " + std::string(attribute.advice)});
    }
  }
  return found;
}

}  // namespace

std::vector<yaml::Diagnostic> find_unsupported(const Project& project, const yaml::Node& model) {
  return find(kUnsupported, project, model, "is not supported");
}

std::vector<yaml::Diagnostic> find_without_effect(const Project& project, const yaml::Node& model) {
  return find(kWithoutEffect, project, model, "has no effect yet");
}

}  // namespace berth::compose
