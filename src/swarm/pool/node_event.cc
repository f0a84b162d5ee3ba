#include "swarm/pool/node_event.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

// Of a container, but they change nothing that is listed.
constexpr std::string_view kQuiet[] = {
    "attach", "detach", "exec_create", "exec_start", "exec_die",     "exec_detach",    "resize",
    "top",    "export", "copy",        "commit",     "archive-path", "extract-to-dir", "prune"};

bool is_quiet(std::string_view action) {
  // "exec_create: sh -c ..." has its command behind it.
  const std::string_view word = action.substr(0, action.find(':'));
  return std::find(std::begin(kQuiet), std::end(kQuiet), word) != std::end(kQuiet);
}

engine::StringMap attributes_of(const Node& node) {
  return {{"node.name", node.name()}, {"node.id", node.info.id}, {"node.ip", node.ip}, {"node.addr", node.address}};
}

std::int64_t nanoseconds_of(engine::Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// Members of a JSON object's text, without its braces.
std::string members_text(const engine::StringMap& members) {
  json::object object;
  for (const auto& [name, value] : members) object[name] = value;
  const std::string text = format_json(object);
  return text.substr(1, text.size() - 2);
}

// `json` with `more` put first into Actor.Attributes.
std::string with_attributes(const std::string& json, const engine::StringMap& more) {
  const auto actor = find_member(json, "Actor");
  if (!actor) return json;
  const auto attributes = find_member(std::string_view(json).substr(actor->begin, actor->size()), "Attributes");
  if (!attributes || json[actor->begin + attributes->begin] != '{') return json;
  const std::size_t at = actor->begin + attributes->begin + 1;
  const bool was_empty = attributes->size() == 2;
  return json.substr(0, at) + members_text(more) + (was_empty ? "" : ",") + json.substr(at);
}

}  // namespace

NodeEvent::Concern NodeEvent::concerns() const {
  if (type == "container") {
    if (action == "destroy") return Concern::kContainerGone;
    if (action == "die") return Concern::kContainerEnded;
    return is_quiet(action) ? Concern::kNothing : Concern::kContainer;
  }
  if (type == "image") return action == "save" || action == "push" ? Concern::kNothing : Concern::kImages;
  if (type == "network") {
    if (action == "create" || action == "destroy") return Concern::kNetworks;
    return container().empty() ? Concern::kNothing : Concern::kContainer;
  }
  if (type == "volume") return action == "create" || action == "destroy" ? Concern::kVolumes : Concern::kNothing;
  return type == "daemon" && action == "reload" ? Concern::kEngine : Concern::kNothing;
}

const std::string& NodeEvent::container() const {
  static const std::string kNone;
  if (type == "container") return actor_id;
  const auto named = attributes.find("container");
  return named == attributes.end() ? kNone : named->second;
}

NodeEvent parse_node_event(std::string_view json) {
  const json::value value = parse_json(json);
  NodeEvent event;
  event.json = json;
  event.type = text_of(value, "Type");
  event.action = text_of(value, "Action");
  if (const json::value* actor = find(value, "Actor")) {
    event.actor_id = text_of(*actor, "ID");
    for (auto& [name, text] : pairs_of(*actor, "Attributes"))
      event.attributes.emplace(std::move(name), std::move(text));
  }
  std::chrono::nanoseconds time(integer_of(value, "timeNano"));
  if (time.count() == 0) time = std::chrono::seconds(integer_of(value, "time"));
  event.time = engine::Time(std::chrono::duration_cast<engine::Time::duration>(time));
  return event;
}

PoolEvent pool_event(NodeEvent event, const Node& node) {
  PoolEvent pooled;
  engine::StringMap more = attributes_of(node);
  pooled.json = with_attributes(event.json, more);
  pooled.type = std::move(event.type);
  pooled.action = std::move(event.action);
  pooled.actor_id = std::move(event.actor_id);
  pooled.attributes = std::move(event.attributes);
  pooled.attributes.merge(more);
  pooled.time = event.time;
  pooled.node = node.number;
  return pooled;
}

namespace {

PoolEvent event_at(const Node& node, const std::string& action, engine::Time time,
                   const std::vector<std::pair<std::string, std::string>>& more) {
  PoolEvent event;
  event.type = "node";
  event.action = action;
  event.actor_id = node.info.id;
  event.attributes = attributes_of(node);
  event.attributes["name"] = node.name();
  for (const auto& [name, value] : more) event.attributes[name] = value;
  event.time = time;
  event.node = node.number;
  const std::int64_t nanoseconds = nanoseconds_of(event.time);
  json::object attributes;
  for (const auto& [name, value] : event.attributes) attributes[name] = value;
  event.json = format_json(json::object{{"Type", event.type},
                                        {"Action", event.action},
                                        {"Actor", json::object{{"ID", event.actor_id}, {"Attributes", attributes}}},
                                        {"scope", "swarm"},
                                        {"time", nanoseconds / 1'000'000'000},
                                        {"timeNano", nanoseconds}});
  return event;
}

}  // namespace

PoolEvent event_of_node(const Node& node, const std::string& action,
                        const std::vector<std::pair<std::string, std::string>>& attributes) {
  return event_at(node, action, std::chrono::system_clock::now(), attributes);
}

PoolEvent event_of_state(const Node& node, NodeState old_state) {
  std::vector<std::pair<std::string, std::string>> attributes = {{"state.old", to_lower(name_of(old_state))},
                                                                 {"state.new", to_lower(name_of(node.state))}};
  if (!node.reason.empty()) attributes.emplace_back("reason", node.reason);
  return event_at(node, "update", node.state_since, attributes);
}

}  // namespace berth::swarm
