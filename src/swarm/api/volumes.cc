#include "swarm/api/volumes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "http/url.h"
#include "swarm/api/api.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/shared_work.h"
#include "swarm/placement/expression.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

std::vector<FoundVolume> named(const Pool& pool, std::string_view name) {
  std::vector<FoundVolume> volumes;
  for (const NodePtr& node : pool.holders(Listing::kVolumes, name)) {
    const ListingPtr listing = pool.listing(node->number, Listing::kVolumes);
    for (const std::string_view text : elements_of(*listing)) {
      if (member_string(text, "Name") == name) volumes.push_back({node, std::string(name), std::string(text)});
    }
  }
  return volumes;
}

bool names_nodes(const placement::Request& request) {
  const auto is_of_node = [](const placement::Expression& expression) { return expression.key.starts_with("node"); };
  return !request.whitelists.empty() || std::any_of(request.constraints.begin(), request.constraints.end(), is_of_node);
}

void expect_ok(const Reply& reply, const std::string& doing) {
  if (!reply.ok()) throw Error(kind_of_http_status(reply.status), reply.message()).within(doing);
}

// Moves the empty volume: gone where it was, made where it is needed.
void bring(const Call& call, const NodePtr& node, const std::string& name) {
  const std::vector<FoundVolume> volumes = named(call.pool, name);
  const bool is_there = std::any_of(volumes.begin(), volumes.end(), [&](const FoundVolume& volume) {
    return volume.node->number == node->number && !volume.unused();
  });
  for (const FoundVolume& volume : volumes) {
    if (!volume.unused() || !volume.node->healthy()) continue;
    const Reply removed = ask(call, volume.node, {"DELETE", "/volumes/" + http::percent_encode(name), ""});
    call.pool.touch(volume.node->number, Listing::kVolumes);
    if (removed.status == 409) continue;  // a container has it: it is used after all
    if (removed.status != 404) expect_ok(removed, "moving volume '" + name + "'");
    if (is_there) continue;
    expect_ok(ask(call, node, {"POST", "/volumes/create", definition_of(volume)}), "moving volume '" + name + "'");
    call.pool.touch(node->number, Listing::kVolumes);
    break;
  }
}

}  // namespace

bool FoundVolume::unused() const { return !member_string(member_text(json, "Labels"), kUnusedVolume).empty(); }

bool FoundVolume::is_local() const { return member_string(json, "Scope") != "global"; }

std::pair<std::string, std::string> FoundVolume::copy_of() const {
  const std::string text = member_string(member_text(json, "Labels"), kCopyOf);
  const auto [container, engine] = cut(text, '@');
  return {std::string(container), std::string(engine.value_or(""))};
}

bool is_unfinished_copy(const Pool& pool, const FoundVolume& volume) {
  const std::string container = volume.copy_of().first;
  return !container.empty() && std::holds_alternative<ContainerPtr>(pool.find_container(container));
}

std::string definition_of(const FoundVolume& volume, const std::vector<std::pair<std::string, std::string>>& labels) {
  const json::value listed = parse_json(volume.json);
  json::object body{{"Name", volume.name}, {"Driver", text_of(listed, "Driver")}};
  if (const json::value* options = find(listed, "Options")) body["DriverOpts"] = *options;
  json::object all;
  if (const json::object* given = find_object(listed, "Labels")) all = *given;
  all.erase(kUnusedVolume);
  for (const auto& [name, value] : labels) all[name] = value;
  body["Labels"] = std::move(all);
  return format_json(body);
}

std::vector<FoundVolume> volumes_on(const Pool& pool, const NodePtr& node) {
  std::vector<FoundVolume> volumes;
  const ListingPtr listing = pool.listing(node->number, Listing::kVolumes);
  for (const std::string_view text : elements_of(*listing)) {
    volumes.push_back({node, member_string(text, "Name"), std::string(text)});
  }
  return volumes;
}

std::vector<FoundVolume> find_volumes(const Pool& pool, std::string_view name) {
  std::vector<FoundVolume> volumes = named(pool, name);
  const std::size_t slash = name.find('/');
  if (!volumes.empty() || slash == std::string_view::npos) return volumes;
  const NodePtr node = pool.find_node(name.substr(0, slash));
  if (!node) return volumes;
  volumes = named(pool, name.substr(slash + 1));
  std::erase_if(volumes, [&](const FoundVolume& volume) { return volume.node->number != node->number; });
  return volumes;
}

std::vector<FoundVolume> volumes_of(const Call& call, std::string_view name) {
  const auto find = [&] {
    std::vector<FoundVolume> found = find_volumes(call.pool, name);
    std::erase_if(found, [&](const FoundVolume& volume) { return !in_scope(call.caller.grant.scope, volume.json); });
    return found;
  };
  std::vector<FoundVolume> volumes = find();
  if (volumes.empty()) {
    call.pool.settle(call.context);
    volumes = find();
  }
  if (volumes.empty()) throw Error(Kind::kNotFound, "get " + std::string(name) + ": no such volume");
  return volumes;
}

void pin_to_volumes(const Pool& pool, placement::Request& request) {
  if (names_nodes(request)) return;
  for (const std::string& name : request.volumes) {
    std::set<std::string> nodes;
    bool elsewhere_too = false;
    for (const FoundVolume& volume : named(pool, name)) {
      if (volume.unused() || is_unfinished_copy(pool, volume)) continue;
      elsewhere_too = elsewhere_too || !volume.is_local();
      nodes.insert(volume.node->name());
    }
    if (nodes.empty() || elsewhere_too) continue;
    const std::vector<std::string> names(nodes.begin(), nodes.end());
    request.whitelists.push_back(placement::parse_expression("node==" + join(names, "|")));
  }
}

void bring_volumes(const Call& call, const NodePtr& node, const placement::Request& request) {
  for (const std::string& name : request.volumes) {
    const std::vector<FoundVolume> volumes = named(call.pool, name);
    if (std::none_of(volumes.begin(), volumes.end(), [](const FoundVolume& volume) { return volume.unused(); }))
      continue;
    call.api.shared_work().run(call.context, "volume " + name, [&] {
      call.pool.settle(call.context);
      bring(call, node, name);
      call.pool.settle(call.context);
    });
  }
}

}  // namespace berth::swarm
