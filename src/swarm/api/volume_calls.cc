// The calls about volumes.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/json.h"
#include "http/url.h"
#include "swarm/access/confine.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/schedule.h"
#include "swarm/api/volumes.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

std::vector<FoundVolume> all_volumes(const Pool& pool) {
  std::vector<FoundVolume> volumes;
  std::set<std::string> shared;  // of every node that its driver reaches
  for (const NodePtr& node : pool.nodes()) {
    const ListingPtr listing = pool.listing(node->number, Listing::kVolumes);
    for (const std::string_view text : elements_of(*listing)) {
      FoundVolume volume{node, member_string(text, "Name"), std::string(text)};
      if (volume.is_local() || shared.insert(volume.name).second) volumes.push_back(std::move(volume));
    }
  }
  std::stable_sort(volumes.begin(), volumes.end(),
                   [](const FoundVolume& a, const FoundVolume& b) { return a.name < b.name; });
  return volumes;
}

bool has_label(const FoundVolume& volume, const std::string& wanted) {
  const auto [key, value] = cut(wanted, '=');
  const json::value listed = parse_json(volume.json);
  const json::object* labels = find_object(listed, "Labels");
  const json::value* found = labels != nullptr ? labels->if_contains(key) : nullptr;
  return found != nullptr && (!value || (found->is_string() && std::string_view(found->get_string()) == *value));
}

// Source: moby, volume/service/convert.go.
bool passes(const FoundVolume& volume, const std::string& name, const std::string& value) {
  if (name == "name") return volume.name.find(value) != std::string::npos;
  if (name == "driver") return member_string(volume.json, "Driver") == value;
  if (name == "label") return has_label(volume, value);
  if (name == "node") return volume.node->name() == value || volume.node->info.id == value;
  throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
}

// Whether a container has a volume is known to the engines.
void keep_dangling(const Call& call, std::vector<FoundVolume>& volumes, bool wanted) {
  std::set<std::pair<NodeNumber, std::string>> dangling;
  const std::string path = http::Query().add("filters", engine::filters_text({{"dangling", "true"}})).on("/volumes");
  for (const Reply& reply : ask_all(call, healthy_nodes(call), {"GET", path, ""})) {
    if (!reply.ok()) continue;
    const std::string_view list = member_text(reply.body, "Volumes");
    for (const std::string_view text : elements_of(list.empty() ? "[]" : list)) {
      dangling.emplace(reply.node->number, member_string(text, "Name"));
    }
  }
  std::erase_if(volumes, [&](const FoundVolume& volume) {
    return dangling.contains({volume.node->number, volume.name}) != wanted;
  });
}

void keep(const Call& call, std::vector<FoundVolume>& volumes, const std::string& name,
          const std::vector<std::string>& values) {
  if (name == "dangling") {
    return keep_dangling(call, volumes, values.empty() || values.front() == "true" || values.front() == "1");
  }
  std::erase_if(volumes, [&](const FoundVolume& volume) {
    const auto test = [&](const std::string& value) { return passes(volume, name, value); };
    return name == "label" ? !std::all_of(values.begin(), values.end(), test)
                           : std::none_of(values.begin(), values.end(), test);
  });
}

std::string told(std::string_view volume, const Node& node) {
  return with_member(volume, "Node", json_string(node.name()));
}

// Where it is to be made, and the body for there.
std::pair<NodePtr, std::string> place(const Call& call, std::string body) {
  const std::string name = member_string(body, "Name");
  if (const std::size_t slash = name.find('/'); slash != std::string::npos) {
    if (const NodePtr node = call.pool.find_node(name.substr(0, slash))) {
      return {node, with_member(body, "Name", json_string(name.substr(slash + 1)))};
    }
  }
  call.pool.settle(call.context);
  const std::vector<FoundVolume> known = find_volumes(call.pool, name);
  if (std::any_of(known.begin(), known.end(),
                  [&](const FoundVolume& volume) { return !in_scope(call.caller.grant.scope, volume.json); })) {
    throw Error(Kind::kConflict,
                "the name '" + name + "' is taken by a volume that is not in your certificate's scope");
  }
  // The engine that has it says that it is there already, or how it differs.
  if (!name.empty() && !known.empty()) return {known.front().node, std::move(body)};
  const NodePtr node = scheduled_node(call, {});
  const std::string driver = member_string(body, "Driver");
  if (name.empty() || (!driver.empty() && driver != "local")) return {node, std::move(body)};
  std::string_view labels = member_text(body, "Labels");
  if (!labels.starts_with('{')) labels = "{}";
  return {node, with_member(body, "Labels", with_member(labels, kUnusedVolume, "\"true\""))};
}

}  // namespace

void list_volumes(Call& call) {
  call.pool.settle(call.context);
  std::vector<FoundVolume> volumes = all_volumes(call.pool);
  for (const auto& [name, values] : call.filters()) keep(call, volumes, name, values);
  std::string text = "{\"Volumes\":[";
  const std::size_t empty = text.size();
  for (const FoundVolume& volume : volumes) {
    text += (text.size() > empty ? "," : "") + told(volume.json, *volume.node);
  }
  call.json(200, text + "],\"Warnings\":null}\n");
}

void pass_to_volume(Call& call) {
  const FoundVolume volume = volumes_of(call, call.name).front();
  const std::string path = "/volumes/" + http::percent_encode(volume.name);
  if (call.exchange.request().method != "GET") return forward(call, *volume.node, path);
  const Reply reply = ask_all_the_same(call, {volume.node}, path).front();
  if (!reply.ok()) return answer(call, reply);
  call.json(200, told(reply.body, *volume.node));
}

void create_volume(Call& call) {
  const auto [node, body] = place(call, confined_volume(call.caller.grant.scope, call.exchange.read_all(call.context)));
  const Reply reply = ask(call, node, {"POST", "/volumes/create", body});
  call.pool.touch(node->number, Listing::kVolumes);
  if (!reply.ok()) return answer(call, reply);
  call.json(reply.status, told(reply.body, *node));
}

// Everywhere; where one node refuses, what it says is the answer.
void remove_volume(Call& call) {
  std::vector<FoundVolume> volumes = volumes_of(call, call.name);
  std::vector<NodePtr> nodes;
  for (const FoundVolume& volume : volumes) {
    if (volume.node->healthy()) nodes.push_back(volume.node);
  }
  if (nodes.empty()) client_of(call, *volumes.front().node);
  const std::vector<Reply> replies =
      ask_all_the_same(call, nodes, "/volumes/" + http::percent_encode(volumes.front().name));
  for (const Reply& reply : replies) call.pool.touch(reply.node->number, Listing::kVolumes);
  for (const Reply& reply : replies) {
    if (!reply.ok() && reply.status != 404) return answer(call, reply);
  }
  call.empty(204);
}

void prune_volumes(Call& call) { prune_everywhere(call, Listing::kVolumes); }

}  // namespace berth::swarm
