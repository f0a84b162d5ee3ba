// Which attributes of a compose file are numbers and booleans, so that `scale: "${N}"` means a number.
#pragma once

#include <map>
#include <string_view>

#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

enum class AttributeType { kAny, kBoolean, kInteger, kNumber };

// The typed attributes as a tree, to walk down beside a document. The list is that of docker compose 2.40.
class AttributeTypes {
 public:
  // Of a compose file's top level. Any thread.
  static const AttributeTypes& root();

  AttributeType type() const { return type_; }
  // Those below `key`, "[]" for any item of a list; nullptr when none has a type.
  const AttributeTypes* below(std::string_view key) const;

 private:
  void add(std::string_view pattern, AttributeType type);

  AttributeType type_ = AttributeType::kAny;
  std::map<std::string_view, AttributeTypes> below_;
};

// The string node as a value of the type. The same node, and a fault, when it cannot be one; yes, no, on, off, y and n
// are booleans with a warning.
yaml::Node cast_attribute(const yaml::Node& text, AttributeType type, const yaml::NodePath& path,
                          yaml::Findings& findings);

}  // namespace berth::compose
