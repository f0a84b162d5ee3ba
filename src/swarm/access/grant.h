// What the owner of a certificate may do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::swarm {

enum class Role {
  kReadOnly,  // looks
  kOperator,  // and changes containers, networks, volumes and images
  kAdmin,     // and nodes: everything
  kManager,   // hands on what others ask for, as a replica does; nothing for itself
};
std::string_view name_of(Role role);  // "read-only", ...

// "team=web": the label with this value; "team": with any.
struct Selector {
  std::string key;
  std::optional<std::string> value;
  std::string text() const { return value ? key + "=" + *value : key; }
  bool operator==(const Selector&) const = default;
};

// Every one must match. Empty: everything is in it.
using Scope = std::vector<Selector>;

struct Grant {
  Role role = Role::kAdmin;
  Scope scope;
  bool operator==(const Grant&) const = default;
};

// "label=team=web", as --scope has it. Throws kInvalid.
Selector parse_selector(std::string_view text);
// Throws kInvalid.
Role parse_role(std::string_view text);
// Throws kInvalid: only operators and who reads can have a scope.
void check(const Grant& grant);

// The text in a certificate: {"role":"operator","scope":["team=web"]}.
std::string format_grant(const Grant& grant);
// Throws kForbidden for whatever is not understood: a part that is not, could be what limits it.
Grant parse_grant(std::string_view text);

// Whether an object of the Docker API, told as JSON with a member "Labels", is in the scope.
bool in_scope(const Scope& scope, std::string_view object);

}  // namespace berth::swarm
