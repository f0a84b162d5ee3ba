// Variables in a compose file's values: $VAR, ${VAR}, ${VAR:-default} and their kin.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace berth::compose {

// The value of a variable, maybe empty; nothing when it is unset.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// `text` with its variables replaced (Compose Specification, "Interpolation"):
//   $VAR ${VAR}            the value; empty, with a warning, when unset
//   ${VAR:-x} ${VAR-x}     x when unset or empty / when unset
//   ${VAR:?x} ${VAR?x}     a fault with the message x when unset or empty / when unset
//   ${VAR:+x} ${VAR+x}     x when set and not empty / when set, else empty
//   $$                     a dollar sign
// x is interpolated too. A $ before anything else stays as it is; "${" before anything else is a fault. `position` and
// `path` are those of the text, for findings. Every variable's warning is given once per Findings.
std::string substitute(std::string_view text, const Lookup& lookup, yaml::Findings& findings,
                       yaml::Position position = {}, std::string_view path = {});

// `root`, a compose file's document, with the variables in all its string values replaced; keys stay. Strings at
// attributes that are numbers or booleans (services.*.scale, services.*.privileged, ...) become such, variables or not;
// one that cannot is a fault. What `root` shares with other nodes and has no variables stays shared; the rest is
// changed in place.
yaml::Node interpolate(yaml::Node root, const Lookup& lookup, yaml::Findings& findings);

// A variable that a compose file reads; what `config --variables` lists.
struct Variable {
  std::string name;
  std::string default_value;    // of ${name:-x} and ${name-x}
  std::string alternate_value;  // of ${name:+x} and ${name+x}
  bool required = false;        // ${name:?x} and ${name?x}
};

// All variables in the string values of `root`, by name, each once; those inside defaults too.
std::vector<Variable> variables_of(const yaml::Node& root);

}  // namespace berth::compose
