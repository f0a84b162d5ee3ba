// YAML text to node trees.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "yaml/diagnostic.h"
#include "yaml/node.h"

namespace berth::yaml {

struct ParseLimits {
  std::size_t depth = 200;
  // Nodes of the tree with every alias written out: what keeps "billion laughs" small.
  std::size_t nodes = 4'000'000;
};

struct ParseResult {
  // One a document, in the file's order; a document without content is a null node. Empty for an empty file. What could
  // be understood is here even when there are faults.
  std::vector<Node> documents;
  std::vector<Diagnostic> faults;
  bool ok() const { return faults.empty(); }
};

// Reads all documents of `text`; `file_name` is for positions only. Anchors, aliases and merge keys (`<<`) are
// resolved: a mapping's own keys win over merged ones, earlier merged mappings over later ones. Plain scalars are typed
// by YAML 1.2's core schema as go-yaml v3 reads it into untyped values: yes/no/on/off and timestamps are strings; 0x1f,
// 0o17, 0b1, 017 and 1_000 are integers. Faults: malformed text, a key given twice, a key that is no scalar, an unknown
// alias, an anchor that holds itself, an unsupported tag, a limit passed. Never throws for what the text holds.
ParseResult parse(std::string_view text, std::string_view file_name, const ParseLimits& limits = {});

// The kind that an unquoted scalar of this text has.
NodeKind kind_of_plain(std::string_view text);

}  // namespace berth::yaml
