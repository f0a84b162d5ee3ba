#include "swarm/access/grant.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

constexpr std::pair<Role, std::string_view> kRoles[] = {{Role::kReadOnly, "read-only"},
                                                        {Role::kOperator, "operator"},
                                                        {Role::kAdmin, "admin"},
                                                        {Role::kManager, "manager"}};

Selector selector_of(std::string_view text) {
  const auto [key, value] = cut(text, '=');
  if (key.empty()) throw Error(Kind::kInvalid, "'" + std::string(text) + "' names no label");
  return {std::string(key), value ? std::optional<std::string>(*value) : std::nullopt};
}

Grant grant_of(const json::value& value) {
  if (!value.is_object()) throw Error(Kind::kInvalid, "it is no JSON object");
  Grant grant;
  grant.role = parse_role(text_of(value, "role"));
  for (const auto& member : value.get_object()) {
    if (member.key() == "role") continue;
    if (member.key() != "scope" || !member.value().is_array()) {
      throw Error(Kind::kInvalid, "'" + std::string(member.key()) + "' is not known");
    }
    for (const json::value& one : member.value().get_array()) {
      if (!one.is_string()) throw Error(Kind::kInvalid, "its scope is no list of texts");
      grant.scope.push_back(selector_of(std::string_view(one.get_string())));
    }
    // Whoever wrote "scope" meant to limit something.
    if (grant.scope.empty()) throw Error(Kind::kInvalid, "its scope is empty");
  }
  check(grant);
  return grant;
}

}  // namespace

std::string_view name_of(Role role) {
  return std::find_if(std::begin(kRoles), std::end(kRoles), [&](const auto& one) { return one.first == role; })->second;
}

Role parse_role(std::string_view text) {
  for (const auto& [role, name] : kRoles) {
    if (name == text) return role;
  }
  throw Error(Kind::kInvalid,
              "role '" + std::string(text) + "' is not known; there are admin, operator, read-only and manager");
}

Selector parse_selector(std::string_view text) {
  constexpr std::string_view kBefore = "label=";
  if (!text.starts_with(kBefore)) {
    throw Error(Kind::kInvalid, "scope '" + std::string(text) + "': give label=KEY=VALUE or label=KEY");
  }
  return selector_of(text.substr(kBefore.size()));
}

void check(const Grant& grant) {
  if (grant.scope.empty() || grant.role == Role::kReadOnly || grant.role == Role::kOperator) return;
  throw Error(Kind::kInvalid,
              "role " + std::string(name_of(grant.role)) + " can have no scope; operator and read-only can");
}

std::string format_grant(const Grant& grant) {
  json::object object{{"role", json::string(name_of(grant.role))}};
  json::array scope;
  for (const Selector& selector : grant.scope) scope.emplace_back(selector.text());
  if (!scope.empty()) object["scope"] = std::move(scope);
  return format_json(object);
}

Grant parse_grant(std::string_view text) {
  try {
    return grant_of(parse_json(text));
  } catch (const Error& e) {
    throw Error(Kind::kForbidden, "what it grants is not understood: " + e.message());
  }
}

bool in_scope(const Scope& scope, std::string_view object) {
  if (scope.empty()) return true;
  const std::string_view text = member_text(object, "Labels");
  if (text.empty()) return false;
  const json::value labels = parse_json(text);
  if (!labels.is_object()) return false;
  return std::all_of(scope.begin(), scope.end(), [&](const Selector& selector) {
    const json::value* found = labels.get_object().if_contains(selector.key);
    if (found == nullptr || !found->is_string()) return false;
    return !selector.value || std::string_view(found->get_string()) == *selector.value;
  });
}

}  // namespace berth::swarm
