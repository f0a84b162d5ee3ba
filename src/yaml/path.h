// The way from a document's root to one of its nodes, as a walk over the tree goes down it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::yaml {

// One step of a path; lives on the walker's stack and links to the step above, so that a walk makes no strings until
// something must be said. The parent and the key must outlive it.
class NodePath {
 public:
  NodePath() = default;  // the root
  NodePath(const NodePath& parent, std::string_view key) : parent_(&parent), key_(key) {}
  NodePath(const NodePath& parent, std::size_t index) : parent_(&parent), index_(index), is_index_(true) {}

  const NodePath* parent() const { return parent_; }
  bool is_root() const { return parent_ == nullptr; }
  bool is_index() const { return is_index_; }
  std::string_view key() const { return key_; }  // empty for an index
  std::size_t index() const { return index_; }

  // "services.web.ports[0]"; empty for the root.
  std::string str() const;

  // Whether the path is that of `pattern`, such as "services.*.ports.[].target": `*` stands for any one key, `[]` for
  // any one index.
  bool matches(std::string_view pattern) const;

 private:
  const NodePath* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

}  // namespace berth::yaml
