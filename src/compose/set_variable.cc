#include "compose/set_variable.h"

#include <utility>

#include "compose/bind.h"
#include "compose/shape.h"

namespace berth::compose {

using yaml::Mapping;
using yaml::Node;

void set_variable(Service& service, std::string name, std::string value) {
  // Keys of maps are sorted in a bound tree, as they are in the typed map.
  const Node* before = service.tree.find("environment");
  const auto [set, is_new] = service.environment.insert_or_assign(std::move(name), std::move(value));
  Mapping entries;
  for (const auto& [key, text] : service.environment) {
    const Node* known = before != nullptr && key != set->first ? before->find(key) : nullptr;
    entries.insert(key, known != nullptr ? *known : Node::string(text.value_or("")));
  }
  set_bound(service.tree, kServiceShape, "environment", Node::mapping(std::move(entries)));
}

}  // namespace berth::compose
