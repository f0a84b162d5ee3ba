// The calls about networks.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/json.h"
#include "http/url.h"
#include "swarm/access/confine.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/networks.h"
#include "swarm/api/resolve.h"
#include "swarm/placement/expression.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

namespace {

// All networks of the cluster, the copies of one together.
std::vector<NetworkCopies> all_networks(const Pool& pool) {
  std::vector<NetworkCopies> networks;
  std::multimap<std::string, std::size_t> by_name;
  for (const NodePtr& node : pool.nodes()) {
    const ListingPtr listing = pool.listing(node->number, Listing::kNetworks);
    for (const std::string_view text : elements_of(*listing)) {
      NetworkCopy copy{node, member_string(text, "Id"), member_string(text, "Name"), std::string(text)};
      const auto [first, last] = by_name.equal_range(copy.name);
      const auto same = std::find_if(
          first, last, [&](const auto& other) { return same_network(networks[other.second].front(), copy); });
      if (same != last) {
        networks[same->second].push_back(std::move(copy));
      } else {
        by_name.emplace(copy.name, networks.size());
        networks.push_back({std::move(copy)});
      }
    }
  }
  return networks;
}

bool is_predefined(const std::string& name) { return name == "bridge" || name == "host" || name == "none"; }

bool has_label(std::string_view text, const std::string& wanted) {
  const auto [key, value] = cut(wanted, '=');
  const json::value network = parse_json(text);
  const json::object* labels = find_object(network, "Labels");
  const json::value* found = labels != nullptr ? labels->if_contains(key) : nullptr;
  return found != nullptr && (!value || (found->is_string() && std::string_view(found->get_string()) == *value));
}

// Source: moby, daemon/network/filter.go.
bool passes(const NetworkCopies& network, const std::string& name, const std::string& value) {
  const NetworkCopy& first = network.front();
  if (name == "id") {
    return std::any_of(network.begin(), network.end(),
                       [&](const NetworkCopy& copy) { return copy.id.starts_with(value); });
  }
  if (name == "name") {
    const RE2 pattern(value, RE2::Quiet);
    return first.name.find(value) != std::string::npos || (pattern.ok() && RE2::PartialMatch(first.name, pattern));
  }
  if (name == "driver") return member_string(first.json, "Driver") == value;
  if (name == "scope") return member_string(first.json, "Scope") == value;
  if (name == "label") return has_label(first.json, value);
  if (name == "node") {
    return std::any_of(network.begin(), network.end(), [&](const NetworkCopy& copy) {
      return copy.node->name() == value || copy.node->info.id == value;
    });
  }
  if (name == "type") {
    if (value != "custom" && value != "builtin") {
      throw Error(Kind::kInvalid, "invalid filter 'type=" + value + "'");
    }
    return is_predefined(first.name) == (value == "builtin");
  }
  throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
}

// Those with no container on any node; engines know.
void keep_dangling(const Call& call, std::vector<NetworkCopies>& networks, bool wanted) {
  std::set<std::string> dangling;
  const std::string path = http::Query().add("filters", engine::filters_text({{"dangling", "true"}})).on("/networks");
  for (const Reply& reply : ask_all(call, healthy_nodes(call), {"GET", path, ""})) {
    if (!reply.ok()) continue;
    for (const std::string_view text : elements_of(reply.body)) dangling.insert(member_string(text, "Id"));
  }
  std::erase_if(networks, [&](const NetworkCopies& network) {
    const bool is_dangling = std::all_of(network.begin(), network.end(), [&](const NetworkCopy& copy) {
      return !copy.node->healthy() || dangling.contains(copy.id);
    });
    return is_dangling != wanted;
  });
}

void keep(const Call& call, std::vector<NetworkCopies>& networks, const std::string& name,
          const std::vector<std::string>& values) {
  if (name == "dangling") {
    return keep_dangling(call, networks, values.empty() || values.front() == "true" || values.front() == "1");
  }
  std::erase_if(networks, [&](const NetworkCopies& network) {
    const auto test = [&](const std::string& value) { return passes(network, name, value); };
    // Several labels must all be there; of all else one is enough.
    return name == "label" ? !std::all_of(values.begin(), values.end(), test)
                           : std::none_of(values.begin(), values.end(), test);
  });
}

// Those that the label com.docker.swarm.whitelists of the body leaves: ["node==node-1|node-2"].
std::vector<NodePtr> whitelisted(std::vector<NodePtr> nodes, std::string_view body) {
  const std::string label = member_string(member_text(body, "Labels"), placement::label::kWhitelists);
  if (label.empty()) return nodes;
  const json::value list = parse_json(label);
  if (!list.is_array()) {
    throw Error(Kind::kInvalid, "the label " + std::string(placement::label::kWhitelists) + " is no JSON array");
  }
  for (const json::value& one : list.get_array()) {
    if (!one.is_string()) continue;
    const placement::Expression whitelist = placement::parse_expression(std::string_view(one.get_string()));
    const std::vector<std::string> names = split(whitelist.value.text(), '|');
    std::erase_if(nodes, [&](const NodePtr& node) {
      return (std::find(names.begin(), names.end(), node->name()) != names.end()) != whitelist.equal;
    });
  }
  if (nodes.empty()) throw Error(Kind::kNotFound, "no healthy node is in the whitelist " + label);
  return nodes;
}

// Where a network is to be made; "node/name" is on that node alone, and loses the node's name.
std::vector<NodePtr> nodes_for(const Call& call, std::string& body) {
  const std::string name = member_string(body, "Name");
  std::vector<NodePtr> nodes = healthy_nodes(call);
  const std::size_t slash = name.find('/');
  const NodePtr node = slash == std::string::npos ? nullptr : call.pool.find_node(name.substr(0, slash));
  if (!node) return whitelisted(std::move(nodes), body);
  body = with_member(body, "Name", json_string(name.substr(slash + 1)));
  return {node};
}

std::string warnings_of(const std::vector<Reply>& replies) {
  std::string warnings;
  for (const Reply& reply : replies) {
    if (reply.ok()) continue;
    warnings += (warnings.empty() ? "" : "; ") + ("not made on node '" + reply.node->name() + "': " + reply.message());
  }
  return warnings;
}

void touch_networks(const Call& call, const std::vector<Reply>& replies) {
  for (const Reply& reply : replies) call.pool.touch(reply.node->number, Listing::kNetworks);
}

// The same to each copy, on the nodes that can be asked.
std::vector<Reply> ask_copies(const Call& call, const NetworkCopies& network, const std::string& method) {
  std::map<NodeNumber, std::string> ids;
  std::vector<NodePtr> nodes;
  for (const NetworkCopy& copy : network) {
    if (!copy.node->healthy()) continue;
    ids.emplace(copy.node->number, copy.id);
    nodes.push_back(copy.node);
  }
  if (nodes.empty()) client_of(call, *network.front().node);
  return ask_each(call, nodes,
                  [&](const NodePtr& node) { return Question{method, "/networks/" + ids.at(node->number), ""}; });
}

}  // namespace

void list_networks(Call& call) {
  call.pool.settle(call.context);
  std::vector<NetworkCopies> networks = all_networks(call.pool);
  for (const auto& [name, values] : call.filters()) keep(call, networks, name, values);
  std::string text = "[";
  for (NetworkCopies& network : networks) put_used_first(call.pool, network);
  for (const NetworkCopies& network : networks) text += (text.size() > 1 ? "," : "") + network.front().json;
  call.json(200, text + "]\n");
}

void inspect_network(Call& call) {
  const NetworkCopies network = network_of(call, call.name);
  const std::vector<Reply> replies = ask_copies(call, network, "GET");
  const auto first = std::find_if(replies.begin(), replies.end(), [](const Reply& reply) { return reply.ok(); });
  if (first == replies.end()) return answer(call, replies.front());
  std::string containers;
  for (const Reply& reply : replies) {
    if (!reply.ok()) continue;
    const std::string_view text = trim(member_text(reply.body, "Containers"));
    if (text.size() < 2) continue;
    const std::string_view inner = trim(text.substr(1, text.size() - 2));
    if (!inner.empty()) containers += (containers.empty() ? "" : ",") + std::string(inner);
  }
  call.json(200, with_member(first->body, "Containers", "{" + containers + "}"));
}

void create_network(Call& call) {
  std::string body = confined_network(call.caller.grant.scope, call.exchange.read_all(call.context));
  const std::vector<NodePtr> nodes = nodes_for(call, body);
  const std::string name = member_string(body, "Name");
  call.pool.settle(call.context);
  for (const NodePtr& node : call.pool.holders(Listing::kNetworks, name)) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) continue;
    throw Error(Kind::kConflict, "network with name " + name + " already exists");
  }
  const std::vector<Reply> replies = ask_all(call, nodes, {"POST", "/networks/create", body});
  touch_networks(call, replies);
  const auto made = std::find_if(replies.begin(), replies.end(), [](const Reply& reply) { return reply.ok(); });
  if (made == replies.end()) return answer(call, replies.front());
  const std::string warnings = warnings_of(replies);
  call.json(201, warnings.empty() ? made->body : with_member(made->body, "Warning", json_string(warnings)));
}

void connect_network(Call& call) {
  const bool connects = call.target.path.ends_with("/connect");
  const std::string body = confined_connection(call.caller.grant.scope, call.exchange.read_all(call.context));
  const Found found = container_of(call, member_string(body, "Container"));
  NetworkCopies network = network_of(call, call.name);
  if (connects) {
    ensure_network(call.context, call.pool, found.node, call.name);
    call.pool.settle(call.context);
    network = network_of(call, call.name);
  }
  const auto copy = std::find_if(network.begin(), network.end(),
                                 [&](const NetworkCopy& one) { return one.node->number == found.node->number; });
  if (copy == network.end()) throw Error(Kind::kNotFound, "network " + call.name + " not found");
  const std::string path = "/networks/" + copy->id + (connects ? "/connect" : "/disconnect");
  const Reply reply =
      ask(call, found.node, {"POST", path, with_member(body, "Container", json_string(found.container->id()))});
  call.pool.touch(found.node->number, found.container->id());
  if (!reply.ok()) return answer(call, reply);
  call.empty(reply.status);
}

// Where one node refuses, what it says is the answer; copies that are gone are made again when they are needed.
void remove_network(Call& call) {
  const std::vector<Reply> replies = ask_copies(call, network_of(call, call.name), "DELETE");
  touch_networks(call, replies);
  for (const Reply& reply : replies) {
    if (!reply.ok() && reply.status != 404) return answer(call, reply);
  }
  call.empty(204);
}

// A network that lives on with containers on another node is not told as removed.
void prune_networks(Call& call) {
  prune_everywhere(call, Listing::kNetworks, [](const Call& at, std::string_view name) {
    return !at.pool.holders(Listing::kNetworks, name).empty();
  });
}

}  // namespace berth::swarm
