#include "compose/normalise.h"

#include <array>
#include <string>
#include <utility>

#include "base/strings.h"
#include "compose/file_path.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

Node names_default() {
  Node networks = Node::mapping();
  networks.edit_entries().insert("default", Node());
  return networks;
}

// Whether the service is on the default network; puts it there when it says nothing else.
bool join_default_network(Node& service) {
  if (service.find("provider") != nullptr || service.find("network_mode") != nullptr) return false;
  const Node* networks = service.find("networks");
  if (networks != nullptr && !networks->empty()) return networks->find("default") != nullptr;
  service.edit_entries().insert_or_assign("networks", names_default());
  return true;
}

// Variables that are only named get their value; those without one go, or stay with `keep_unset`.
Node with_values(const Node& listed, const Variables& variables, bool keep_unset) {
  if (listed.is_sequence()) {
    Node::Sequence items;
    for (const Node& item : listed.items()) {
      if (!item.is_string() || item.text().find('=') != std::string::npos) {
        items.push_back(item);
        continue;
      }
      const auto found = variables.find(item.text());
      if (found != variables.end()) {
        items.push_back(Node::string(item.text() + "=" + found->second, item.position()));
      } else if (keep_unset) {
        items.push_back(item);
      }
    }
    return Node::sequence(std::move(items), listed.position());
  }
  Mapping entries;
  entries.reserve(listed.size());
  for (const auto& [key, key_position, value] : listed.entries()) {
    const auto found = value.is_null() ? variables.find(key) : variables.end();
    if (found != variables.end()) {
      entries.insert(key, Node::string(found->second, value.position()), key_position);
    } else if (!value.is_null() || keep_unset) {
      entries.insert(key, value, key_position);
    }
  }
  return Node::mapping(std::move(entries), listed.position());
}

void normalise_build(Node& build, const Variables& variables) {
  const yaml::Position position = build.position();
  Mapping& entries = build.edit_entries();
  const auto is_unset = [&](std::string_view key) {
    const Node* value = build.find(key);
    return value == nullptr || value->is_null();
  };
  if (is_unset("context")) entries.insert_or_assign("context", Node::string(".", position));
  if (is_unset("dockerfile") && is_unset("dockerfile_inline")) {
    entries.insert_or_assign("dockerfile", Node::string("Dockerfile", position));
  }
  if (const Node* args = build.find("args")) {
    Node resolved = with_values(*args, variables, false);
    entries.insert_or_assign("args", std::move(resolved));
  }
}

// Dependencies that are there already say more; they stay as they are.
class Dependencies {
 public:
  explicit Dependencies(Node& service) : service_(service) {}

  void add(std::string_view name, bool restart, yaml::Position position) {
    Mapping entries;
    entries.insert("condition", Node::string("service_started", position));
    entries.insert("restart", Node::boolean(restart, position));
    entries.insert("required", Node::boolean(true, position));
    Node* depends_on = service_.find_for_edit("depends_on");
    if (depends_on == nullptr)
      depends_on = &service_.edit_entries().insert_or_assign("depends_on", Node::mapping(position));
    depends_on->edit_entries().insert(name, Node::mapping(std::move(entries), position));
  }

 private:
  Node& service_;
};

void add_implied_dependencies(Node& service) {
  Dependencies dependencies(service);
  if (const Node* found = service.find("links")) {
    const Node links = *found;
    for (const Node& link : links.items()) {
      const std::vector<std::string> parts = split(link.to_display(), ':');
      dependencies.add(parts.size() == 2 ? parts[0] : link.to_display(), true, link.position());
    }
  }
  constexpr std::string_view kService = "service:";
  constexpr std::array<std::string_view, 5> kNamespaces = {"network_mode", "ipc", "pid", "uts", "cgroup"};
  for (const std::string_view name : kNamespaces) {
    const Node* found = service.find(name);
    if (found == nullptr || !found->text().starts_with(kService)) continue;
    const Node reference = *found;
    dependencies.add(reference.text().substr(kService.size()), true, reference.position());
  }
  if (const Node* found = service.find("volumes_from")) {
    const Node sources = *found;
    for (const Node& source : sources.items()) {
      if (source.text().starts_with("container:")) continue;
      dependencies.add(cut(source.text(), ':').first, false, source.position());
    }
  }
}

void clean_mount_targets(Node& service) {
  const Node* found = service.find("volumes");
  if (found == nullptr) return;
  for (std::size_t i = 0; i < found->items().size(); ++i) {
    const Node* target = found->items()[i].find("target");
    if (target == nullptr || !target->is_string()) continue;
    std::string clean = clean_path(target->text());
    if (clean == target->text()) continue;
    Node value = Node::string(std::move(clean), target->position());
    service.find_for_edit("volumes")->edit_items()[i].edit_entries().insert_or_assign("target", std::move(value));
    found = service.find("volumes");
  }
}

void normalise_service(Node& service, const Variables& variables) {
  const Node* pull_policy = service.find("pull_policy");
  if (pull_policy != nullptr && pull_policy->text() == "if_not_present") {
    Node missing = Node::string("missing", pull_policy->position());
    service.edit_entries().insert_or_assign("pull_policy", std::move(missing));
  }
  const Node* build = service.find("build");
  if (build != nullptr && build->is_mapping()) normalise_build(*service.find_for_edit("build"), variables);
  if (const Node* environment = service.find("environment")) {
    Node resolved = with_values(*environment, variables, true);
    service.edit_entries().insert_or_assign("environment", std::move(resolved));
  }
  add_implied_dependencies(service);
  clean_mount_targets(service);
}

bool is_external(const Node& resource) {
  const Node* external = resource.find("external");
  if (external == nullptr) return false;
  const std::string text = external->to_display();
  return text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" || text == "True";
}

void name_resources(Node& model, std::string_view section, std::string_view project_name) {
  Node* resources = model.find_for_edit(section);
  if (resources == nullptr || !resources->is_mapping()) return;
  for (std::size_t i = 0; i < resources->size(); ++i) {
    const std::string key = resources->entries()[i].key;
    Node& resource = resources->edit_entries().value_at(i);
    const Node* name = resource.find("name");
    if (name != nullptr && !name->is_null()) continue;
    std::string full = is_external(resource) ? key : std::string(project_name) + "_" + key;
    resource.edit_entries().insert_or_assign("name", Node::string(std::move(full), resource.position()));
  }
}

}  // namespace

void normalise(Node& model, std::string_view project_name, const Variables& variables) {
  model.edit_entries().insert_or_assign("name", Node::string(std::string(project_name)));
  bool uses_default = false;
  if (Node* services = model.find_for_edit("services"); services != nullptr && services->is_mapping()) {
    for (std::size_t i = 0; i < services->size(); ++i) {
      Node& service = services->edit_entries().value_at(i);
      if (join_default_network(service)) uses_default = true;
      normalise_service(service, variables);
    }
  }
  if (uses_default) {
    const Node* networks = model.find("networks");
    if (networks == nullptr || !networks->is_mapping()) {
      model.edit_entries().insert_or_assign("networks", Node::mapping());
    }
    model.find_for_edit("networks")->edit_entries().insert("default", Node());
  }
  for (const std::string_view section : {"networks", "volumes", "configs", "secrets"}) {
    name_resources(model, section, project_name);
  }
}

}  // namespace berth::compose
