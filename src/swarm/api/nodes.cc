// Swarm mode's /nodes, told of the pool: `docker node ls`, `inspect`, `update` and `rm` work.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "swarm/api/api.h"
#include "swarm/api/handlers.h"
#include "swarm/drain.h"
#include "swarm/settings.h"

namespace berth::swarm {

namespace {

// Source: Engine API 1.51, NodeState.
std::string_view state_word(NodeState state) {
  switch (state) {
    case NodeState::kHealthy:
      return "ready";
    case NodeState::kDisconnected:
      return "disconnected";
    case NodeState::kPending:
      return "unknown";
    case NodeState::kUnhealthy:
    case NodeState::kUnreachable:
      return "down";
  }
  return "unknown";
}

using Revisions = std::map<std::string, store::Revision>;  // of settings, by engine id

std::string id_of(const Node& node) { return node.info.id.empty() ? node.address : node.info.id; }

json::object labels_json(const engine::StringMap& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

json::object engine_labels(const Node& node) {
  json::object object;
  for (const std::string& label : node.info.labels) {
    const auto [name, value] = cut(label, '=');
    object[name] = json::string(value.value_or(""));
  }
  return object;
}

// What a drained node keeps, and why.
std::vector<Drainer::Staying> staying(const Call& call, const Node& node) {
  const Drainer* drainer = call.api.options().drainer;
  return drainer == nullptr ? std::vector<Drainer::Staying>() : drainer->staying(node.info.id);
}

json::array staying_json(const std::vector<Drainer::Staying>& staying) {
  json::array list;
  for (const Drainer::Staying& one : staying) list.push_back(json::object{{"Name", one.name}, {"Why", one.why}});
  return list;
}

// The docker command shows no member that it does not know, but it does show this one.
std::string message_of(const Node& node, const std::vector<Drainer::Staying>& staying) {
  if (!node.reason.empty() || staying.empty()) return node.reason;
  std::vector<std::string> parts;
  for (const Drainer::Staying& one : staying) {
    parts.push_back("'" + one.name + "' stays: " + one.why.substr(0, one.why.find('\n')));
  }
  return join(parts, "; ");
}

json::object node_json(const Call& call, const Node& node, store::Revision revision) {
  const placement::Usage usage = call.pool.usage(node);
  const std::vector<Drainer::Staying> kept = staying(call, node);
  return json::object{
      {"ID", id_of(node)},
      {"Version", json::object{{"Index", revision}}},
      {"CreatedAt", format_time(node.state_since)},
      {"UpdatedAt", format_time(node.updated)},
      {"Spec", json::object{{"Name", node.name()},
                            {"Labels", labels_json(node.settings.labels)},
                            {"Role", "worker"},
                            {"Availability", json::string(placement::name_of(node.settings.availability))}}},
      {"Description",
       json::object{{"Hostname", node.name()},
                    {"Platform", json::object{{"Architecture", node.info.architecture}, {"OS", node.info.os_type}}},
                    {"Resources", json::object{{"NanoCPUs", node.info.ncpu * 1'000'000'000},
                                               {"MemoryBytes", count(node.info.mem_total)}}},
                    {"Engine", json::object{{"EngineVersion", node.info.server_version},
                                            {"Labels", engine_labels(node)},
                                            {"Plugins", json::array()}}}}},
      {"Status", json::object{{"State", json::string(state_word(node.state))},
                              {"Message", message_of(node, kept)},
                              {"Addr", node.address}}},
      // Berth's own: what the pool knows beyond swarm mode's words.
      {"Berth", json::object{{"State", json::string(to_lower(name_of(node.state)))},
                             {"StateSince", format_time(node.state_since)},
                             {"Containers", static_cast<std::int64_t>(usage.containers)},
                             {"Running", static_cast<std::int64_t>(usage.running)},
                             {"ReservedNanoCPUs", usage.reserved.nano_cpus},
                             {"ReservedMemoryBytes", count(usage.reserved.memory)},
                             {"Staying", staying_json(kept)}}},
  };
}

bool has_label(const engine::StringMap& labels, const std::string& wanted) {
  const auto [name, value] = cut(wanted, '=');
  const auto found = labels.find(name);
  return found != labels.end() && (!value || found->second == *value);
}

bool passes(const Node& node, const std::string& filter, const std::string& value) {
  if (filter == "id") return node.info.id.starts_with(value);
  if (filter == "name") return node.name().starts_with(value);
  if (filter == "state") return to_lower(name_of(node.state)) == value;
  if (filter == "availability") return placement::name_of(node.settings.availability) == value;
  if (filter == "role") return value == "worker";
  if (filter == "membership") return value == "accepted";
  if (filter == "node.label") return has_label(node.settings.labels, value);
  if (filter == "label") {
    return std::any_of(node.info.labels.begin(), node.info.labels.end(),
                       [&](const std::string& label) { return label == value || cut(label, '=').first == value; });
  }
  throw Error(Kind::kInvalid, "invalid filter '" + filter + "'");
}

NodePtr node_of(const Call& call, const std::string& name) {
  const NodePtr node = call.pool.find_node(name);
  if (!node) throw Error(Kind::kNotFound, "node " + name + " not found");
  return node;
}

SettingsKeeper& settings_of(const Call& call) {
  if (call.api.settings() == nullptr) throw Error(Kind::kUnsupported, "this manager keeps no settings of nodes");
  return *call.api.settings();
}

}  // namespace

void list_nodes(Call& call) {
  const FilterMap filters = call.filters();
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::sort(nodes.begin(), nodes.end(), [](const NodePtr& a, const NodePtr& b) { return a->name() < b->name(); });
  SettingsKeeper* settings = call.api.settings();
  const auto revisions = settings == nullptr ? Revisions() : settings->revisions(call.context);
  json::array list;
  for (const NodePtr& node : nodes) {
    const bool wanted = std::all_of(filters.begin(), filters.end(), [&](const auto& filter) {
      return std::any_of(filter.second.begin(), filter.second.end(),
                         [&](const std::string& value) { return passes(*node, filter.first, value); });
    });
    const auto known = revisions.find(node->info.id);
    if (wanted) list.push_back(node_json(call, *node, known == revisions.end() ? 0 : known->second));
  }
  call.json(200, list);
}

void inspect_node(Call& call) {
  const NodePtr node = node_of(call, call.name);
  SettingsKeeper* settings = call.api.settings();
  call.json(200, node_json(call, *node, settings == nullptr ? 0 : settings->revision(call.context, node->info.id)));
}

void update_node(Call& call) {
  const NodePtr node = node_of(call, call.name);
  const json::value spec = parse_json(call.exchange.read_all(call.context));
  NodeSettings wanted;
  wanted.availability = placement::parse_availability(text_of(spec, "Availability"));
  for (auto& [name, value] : pairs_of(spec, "Labels")) wanted.labels.emplace(std::move(name), std::move(value));
  if (text_of(spec, "Role") == "manager") {
    throw Error(Kind::kUnsupported,
                "nodes are stock engines: a manager runs beside them, start one with `berth swarm manage`");
  }
  if (node->info.id.empty())
    throw Error(Kind::kConflict, "node '" + node->name() + "' was never reached: " + node->reason);
  const auto version = parse_integer(call.query("version"));
  if (!version) throw Error(Kind::kInvalid, "invalid node version '" + call.query("version") + "'");
  settings_of(call).set(call.context, node->info.id, wanted, *version);
  call.empty(200);
}

void remove_node(Call& call) {
  const NodePtr node = node_of(call, call.name);
  if (node->healthy() && !call.flag("force")) {
    throw Error(Kind::kConflict, "node '" + node->name() + "' is not down: take it out of discovery or use --force");
  }
  call.api.leave(call.context, node->address);
  if (!node->info.id.empty()) settings_of(call).remove(call.context, node->info.id);
  call.empty(200);
}

}  // namespace berth::swarm
