#include "swarm/api/gate.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/api/call.h"

namespace berth::swarm {

namespace {

// Of a call to thousands of nodes.
constexpr std::size_t kMostTold = 64;

// "/v1.41/containers/json" -> "1.41" and "/containers/json".
std::pair<std::string, std::string> split_version(const std::string& path) {
  if (!path.starts_with("/v")) return {"", path};
  const std::size_t slash = path.find('/', 1);
  const std::string version = path.substr(2, slash == std::string::npos ? slash : slash - 2);
  if (!engine::ApiVersion::parse(version)) return {"", path};
  return {version, slash == std::string::npos ? "/" : path.substr(slash)};
}

// What stands for {name}; nothing when the path is another one.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  constexpr std::string_view kName = "{name}";
  const std::size_t at = pattern.find(kName);
  if (at == std::string_view::npos) {
    if (path == pattern) return std::string();
    return std::nullopt;
  }
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kName.size());
  if (path.size() <= before.size() + after.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  return std::string(path.substr(before.size(), path.size() - before.size() - after.size()));
}

bool has_dots(std::string_view path) {
  if (path.find("/.") == std::string_view::npos) return false;
  const std::vector<std::string> segments = split(path, '/');
  return std::any_of(segments.begin(), segments.end(),
                     [](const std::string& segment) { return segment == "." || segment == ".."; });
}

// The least that a role must be to use a route of this access.
Role least_role(Access access) {
  switch (access) {
    case Access::kRead:
      return Role::kReadOnly;
    case Access::kOperate:
      return Role::kOperator;
    case Access::kAdmin:
      break;
  }
  return Role::kAdmin;
}

}  // namespace

Routed route_of(const http::Request& request) {
  auto target = http::parse_target(request.target);
  if (!target) throw Error(Kind::kInvalid, "the request's target is malformed");
  if (has_dots(target->path)) throw Error(Kind::kInvalid, "the request's path has '.' or '..' in it");
  Routed routed;
  auto [version, path] = split_version(target->path);
  target->path = std::move(path);
  routed.version = std::move(version);
  routed.target = std::move(*target);
  for (const Route& route : routes()) {
    auto name = match(route.path, routed.target.path);
    if (!name) continue;
    if (route.method != request.method) {
      routed.other_method = true;
      continue;
    }
    routed.route = &route;
    routed.name = std::move(*name);
    return routed;
  }
  return routed;
}

std::optional<std::string> refusal(const Caller& caller, const Route& route) {
  const Role least = least_role(route.access);
  const std::string who = "'" + caller.name + "' has the role " + std::string(name_of(caller.grant.role));
  if (caller.grant.role == Role::kManager) return who + ", which allows nothing";
  if (static_cast<int>(caller.grant.role) < static_cast<int>(least)) {
    return who + ": " + std::string(route.method) + " " + std::string(route.path) + " takes the role " +
           std::string(name_of(least));
  }
  if (!caller.grant.scope.empty() && route.reach == Reach::kWhole) {
    return who + " with a scope: " + std::string(route.method) + " " + std::string(route.path) +
           " is about more than what is in it";
  }
  return std::nullopt;
}

std::string object_of(const Routed& routed) {
  if (!routed.name.empty()) return routed.name;
  for (const char* parameter : {"name", "container", "fromImage", "t"}) {
    std::string value = routed.target.get(parameter);
    const std::string tag = parameter == std::string_view("fromImage") ? routed.target.get("tag") : "";
    if (!value.empty()) return tag.empty() ? value : value + (tag.find(':') == std::string::npos ? ":" : "@") + tag;
  }
  return {};
}

void narrow(Call& call) {
  FilterMap filters = call.filters();
  for (const Selector& selector : call.caller.grant.scope) filters["label"].push_back(selector.text());
  json::object object;
  for (const auto& [name, values] : filters) {
    json::array list;
    for (const std::string& value : values) list.emplace_back(value);
    object[name] = std::move(list);
  }
  auto& query = call.target.query;
  std::erase_if(query, [](const auto& parameter) { return parameter.first == "filters"; });
  query.emplace_back("filters", format_json(object));
  // Anew, as an engine is to read what we have read.
  http::Query sent;
  for (const auto& [name, value] : query) sent.add(name, value);
  call.raw_query = sent.text();
}

void Trace::on(const Node& node) {
  const auto nodes = nodes_.lock();
  if (nodes->size() > kMostTold || std::find(nodes->begin(), nodes->end(), node.name()) != nodes->end()) return;
  nodes->push_back(nodes->size() == kMostTold ? "and others" : node.name());
}

std::vector<std::string> Trace::nodes() {
  std::vector<std::string> nodes = *nodes_.lock();
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace berth::swarm
