// Node trees to text.
#pragma once

#include <string>

#include "yaml/node.h"

namespace berth::yaml {

// YAML, block style, two blanks an indent, strings quoted only where they would be read as something else: byte for
// byte what Go's yaml.v3 encoder (indent 2), and so `docker compose config`, prints for the same values. Keys keep
// their order. Ends with a line end.
std::string to_yaml(const Node& node);

// JSON on one line as Go's json.Marshal prints it, or with `indent` blanks a level as json.MarshalIndent. `escape_html`
// writes <, > and & as Go does unless told otherwise (\u003c). Keys keep their order. No line end at the end.
std::string to_json(const Node& node, int indent = 0, bool escape_html = true);

}  // namespace berth::yaml
