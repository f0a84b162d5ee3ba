#include "compose/reset.h"

#include <string_view>

namespace berth::compose {
namespace {

using yaml::Node;
using yaml::NodeTag;

bool has_tags(const Node& node) {
  if (node.tag() != NodeTag::kNone) return true;
  for (const Node& item : node.items()) {
    if (has_tags(item)) return true;
  }
  for (const auto& entry : node.entries()) {
    if (has_tags(entry.value)) return true;
  }
  return false;
}

void take(Node& node, ResetPath& here, std::vector<ResetPath>& found);

// Whether the value stays in its collection.
bool keep(Node& value, ResetPath& here, std::vector<ResetPath>& found) {
  if (value.tag() != NodeTag::kNone) found.push_back(here);
  const bool stays = value.tag() != NodeTag::kReset;
  // Below !override nothing is looked at: all of it is new anyway.
  if (value.tag() == NodeTag::kNone) take(value, here, found);
  value.set_tag(NodeTag::kNone);
  return stays;
}

void take(Node& node, ResetPath& here, std::vector<ResetPath>& found) {
  if (!has_tags(node)) return;
  if (node.is_sequence()) {
    Node::Sequence kept;
    for (Node& item : node.edit_items()) {
      here.push_back("[]");
      if (keep(item, here, found)) kept.push_back(std::move(item));
      here.pop_back();
    }
    node.edit_items() = std::move(kept);
    return;
  }
  yaml::Mapping kept;
  yaml::Mapping& entries = node.edit_entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    here.push_back(entries[i].key);
    if (keep(entries.value_at(i), here, found)) {
      kept.insert(entries[i].key, std::move(entries.value_at(i)), entries[i].key_position);
    }
    here.pop_back();
  }
  entries = std::move(kept);
}

void erase_at(Node& node, const ResetPath& path, std::size_t from) {
  if (from >= path.size() || !node.is_mapping() || !node.entries().contains(path[from])) return;
  if (from + 1 == path.size()) {
    node.edit_entries().erase(path[from]);
  } else {
    erase_at(*node.find_for_edit(path[from]), path, from + 1);
  }
}

}  // namespace

std::vector<ResetPath> take_resets(Node& document) {
  std::vector<ResetPath> found;
  ResetPath here;
  take(document, here, found);
  return found;
}

void apply_resets(const std::vector<ResetPath>& paths, Node& model) {
  for (const ResetPath& path : paths) erase_at(model, path, 0);
}

void apply_resets_of_service(const std::vector<ResetPath>& paths, std::string_view name, Node& service) {
  for (const ResetPath& path : paths) {
    if (path.size() > 2 && path[0] == "services" && path[1] == name) erase_at(service, path, 2);
  }
}

}  // namespace berth::compose
