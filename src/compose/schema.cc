#include "compose/schema.h"

#include <string_view>

#include "compose/json_schema.h"

namespace berth::compose {

// Generated from compose-spec.json at build time.
std::string_view schema_text(std::string_view name);

std::vector<yaml::Diagnostic> validate_schema(const yaml::Node& root) {
  static const JsonSchema schema(schema_text("compose-spec"));
  return schema.validate(root);
}

}  // namespace berth::compose
