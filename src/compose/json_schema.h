// JSON schemas, as far as the Compose Specification uses them, against node trees.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace berth::compose {

// A compiled schema. Any number of threads may validate with it.
class JsonSchema {
 public:
  // Throws kInternal for a keyword that is not known here, so that none is passed over in silence, and for a oneOf
  // whose branches cannot be told apart by the value's type.
  explicit JsonSchema(std::string_view text);
  ~JsonSchema();

  // Everything in `root` that the schema does not allow.
  std::vector<yaml::Diagnostic> validate(const yaml::Node& root) const;

  struct Rules;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace berth::compose
