#include <string>

#include "compose/canonical.h"
#include "compose/path_table.h"

namespace berth::compose {
namespace {

using yaml::Node;

using Rule = void (*)(Node& node);
using Step = PathTable<Rule>::Step;

void insert_text(Node& node, std::string_view key, std::string value) {
  if (node.find(key) == nullptr) node.edit_entries().insert(key, Node::string(std::move(value), node.position()));
}

void build(Node& node) { insert_text(node, "context", "."); }

void secret(Node& node) {
  const Node* source = node.find("source");
  insert_text(node, "target", "/run/secrets/" + (source != nullptr ? source->to_display() : std::string()));
}

void port(Node& node) {
  insert_text(node, "protocol", "tcp");
  insert_text(node, "mode", "ingress");
}

void device_request(Node& node) {
  if (node.find("device_ids") == nullptr) insert_text(node, "count", "all");
}

const PathTable<Rule>& rules() {
  static const PathTable<Rule> table = {
      {"services.*.build", build},           {"services.*.secrets.*", secret},
      {"services.*.ports.*", port},          {"services.*.deploy.resources.reservations.devices.*", device_request},
      {"services.*.gpus.*", device_request},
  };
  return table;
}

void walk(Node& node, const Step& step) {
  if (step.rule() && node.is_mapping()) return (*step.rule())(node);
  if (node.is_mapping()) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Step* next = step.next(node.entries()[i].key);
      if (next != nullptr && !node.entries()[i].value.is_scalar()) walk(node.edit_entries().value_at(i), *next);
    }
  } else if (node.is_sequence() && step.next() != nullptr) {
    for (Node& item : node.edit_items()) walk(item, *step.next());
  }
}

}  // namespace

void set_defaults(Node& model) { walk(model, rules().root()); }

}  // namespace berth::compose
