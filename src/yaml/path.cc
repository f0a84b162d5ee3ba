#include "yaml/path.h"

namespace berth::yaml {

std::string NodePath::str() const {
  if (is_root()) return {};
  std::string text = parent_->str();
  if (is_index_) return text + '[' + std::to_string(index_) + ']';
  if (!text.empty()) text += '.';
  return text += key_;
}

bool NodePath::matches(std::string_view pattern) const {
  const NodePath* step = this;
  while (!step->is_root()) {
    const auto dot = pattern.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? pattern : pattern.substr(dot + 1);
    if (last.empty()) return false;
    if (step->is_index_ ? last != "[]" : last != "*" && last != step->key_) return false;
    pattern = dot == std::string_view::npos ? std::string_view() : pattern.substr(0, dot);
    step = step->parent_;
  }
  return pattern.empty();
}

}  // namespace berth::yaml
