#include "compose/resolve.h"

namespace berth::compose {
namespace {

using yaml::Node;

void resolve_service(Node& service, const Variables& variables) {
  const Node* environment = service.find("environment");
  if (environment == nullptr || !environment->is_sequence()) return;
  Node::Sequence resolved;
  bool changed = false;
  for (const Node& item : environment->items()) {
    const auto found = item.is_string() ? variables.find(item.text()) : variables.end();
    if (found != variables.end()) {
      resolved.push_back(Node::string(item.text() + "=" + found->second, item.position()));
      changed = true;
    } else if (item.is_string()) {
      resolved.push_back(item);
    }
  }
  if (changed) service.find_for_edit("environment")->edit_items() = std::move(resolved);
}

// Puts the variable's value under `key` in each of the section's objects that name one.
void resolve_section(Node& model, std::string_view section, std::string_view key, const Variables& variables) {
  Node* objects = model.find_for_edit(section);
  if (objects == nullptr || !objects->is_mapping()) return;
  for (std::size_t i = 0; i < objects->size(); ++i) {
    const Node* name = objects->entries()[i].value.find("environment");
    if (name == nullptr || !name->is_string()) continue;
    const auto found = variables.find(name->text());
    if (found == variables.end()) continue;
    Node value = Node::string(found->second, name->position());
    objects->edit_entries().value_at(i).edit_entries().insert_or_assign(key, std::move(value));
  }
}

}  // namespace

void resolve_listed_variables(Node& model, const Variables& variables) {
  if (Node* services = model.find_for_edit("services"); services != nullptr && services->is_mapping()) {
    for (std::size_t i = 0; i < services->size(); ++i) {
      const Node* environment = services->entries()[i].value.find("environment");
      if (environment != nullptr && environment->is_sequence()) {
        resolve_service(services->edit_entries().value_at(i), variables);
      }
    }
  }
  resolve_section(model, "secrets", kSecretValue, variables);
  resolve_section(model, "configs", kSecretValue, variables);
}

}  // namespace berth::compose
