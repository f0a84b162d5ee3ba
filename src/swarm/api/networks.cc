#include "swarm/api/networks.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "swarm/api/fan_out.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

// The copies among what a node lists that `wanted` is true for.
template <typename Wanted>
void add_copies(const Pool& pool, const NodePtr& node, NetworkCopies& copies, Wanted wanted) {
  const ListingPtr listing = pool.listing(node->number, Listing::kNetworks);
  for (const std::string_view text : elements_of(*listing)) {
    NetworkCopy copy{node, member_string(text, "Id"), member_string(text, "Name"), ""};
    if (!wanted(copy)) continue;
    copy.json = text;
    copies.push_back(std::move(copy));
  }
}

NetworkCopies named(const Pool& pool, std::string_view name) {
  NetworkCopies copies;
  for (const NodePtr& node : pool.holders(Listing::kNetworks, name)) {
    add_copies(pool, node, copies, [&](const NetworkCopy& copy) { return copy.name == name; });
  }
  return copies;
}

bool is_predefined(std::string_view name) { return name == "bridge" || name == "host" || name == "none"; }

NetworkCopies with_id(const Pool& pool, std::string_view beginning) {
  NetworkCopies copies;
  for (const NodePtr& node : pool.holders_of_beginning(Listing::kNetworks, beginning)) {
    add_copies(pool, node, copies, [&](const NetworkCopy& copy) { return copy.id.starts_with(beginning); });
  }
  return copies;
}

NetworkCopies on_one_node(const Pool& pool, std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const NodePtr node = pool.find_node(text.substr(0, slash));
  if (!node) return {};
  NetworkCopies copies = named(pool, text.substr(slash + 1));
  std::erase_if(copies, [&](const NetworkCopy& copy) { return copy.node->number != node->number; });
  return copies;
}

[[noreturn]] void refuse_ambiguous(std::string_view text, std::size_t matches, std::string_view by) {
  throw Error(Kind::kInvalid, "network " + std::string(text) + " is ambiguous (" + std::to_string(matches) +
                                  " matches found on " + std::string(by) + ")");
}

// A network's name in a create body stands in HostConfig.NetworkMode and as a member's name of EndpointsConfig.
std::string name_for(const Pool& pool, const std::string& text) {
  if (text.empty() || text.find(':') != std::string::npos || pool.lists(Listing::kNetworks, text)) {
    const NetworkCopies by_id = text.size() == 64 ? with_id(pool, text) : NetworkCopies();
    return by_id.empty() ? text : by_id.front().name;
  }
  const NetworkCopies copies = find_network(pool, text);
  return copies.empty() ? text : copies.front().name;
}

std::string endpoints_with_names(const Pool& pool, std::string_view text) {
  const json::value value = parse_json(text);
  if (!value.is_object()) return std::string(text);
  std::string result(text);
  for (const auto& member : value.get_object()) {
    const std::string name = name_for(pool, std::string(member.key()));
    if (name == std::string_view(member.key())) continue;
    // The member's name is right before its value.
    const std::string old_key = json_string(member.key());
    const auto span = find_member(result, member.key());
    const std::size_t at = span ? result.rfind(old_key, span->begin) : std::string::npos;
    if (at != std::string::npos) result.replace(at, old_key.size(), json_string(name));
  }
  return result;
}

// What an engine needs to make the same network again, from what it tells of one.
json::object definition_of(const json::value& inspected) {
  json::object body;
  for (const char* name :
       {"Name", "Driver", "EnableIPv4", "EnableIPv6", "Internal", "Attachable", "Options", "Labels"}) {
    if (const json::value* member = find(inspected, name)) body[name] = *member;
  }
  body["CheckDuplicate"] = true;
  if (const json::value* ipam = find(inspected, "IPAM")) body["IPAM"] = *ipam;
  return body;
}

}  // namespace

void put_used_first(const Pool& pool, NetworkCopies& copies) {
  if (copies.size() < 2 || is_predefined(copies.front().name)) return;
  const auto used = std::find_if(copies.begin(), copies.end(), [&](const NetworkCopy& copy) {
    const std::vector<ContainerPtr> containers = pool.containers_of(copy.node->number);
    return std::any_of(containers.begin(), containers.end(), [&](const ContainerPtr& container) {
      return container->json().find(copy.id) != std::string::npos;
    });
  });
  if (used != copies.end()) std::rotate(copies.begin(), used, std::next(used));
}

NetworkCopies find_network(const Pool& pool, std::string_view text) {
  NetworkCopies copies = named(pool, text);
  if (!copies.empty()) {
    for (const NetworkCopy& copy : copies) {
      if (!same_network(copy, copies.front())) refuse_ambiguous(text, copies.size(), "name");
    }
    put_used_first(pool, copies);
    return copies;
  }
  if (copies = on_one_node(pool, text); !copies.empty()) return copies;
  copies = with_id(pool, text);
  if (copies.size() > 1) refuse_ambiguous(text, copies.size(), "ID prefix");
  if (copies.empty()) return copies;
  // The id of one stands for all of the name.
  const NetworkCopy found = copies.front();
  copies = named(pool, found.name);
  std::erase_if(copies, [&](const NetworkCopy& copy) { return !same_network(copy, found); });
  put_used_first(pool, copies);
  return copies;
}

NetworkCopies network_of(const Call& call, std::string_view text) {
  const auto find = [&] {
    NetworkCopies copies = find_network(call.pool, text);
    std::erase_if(copies, [&](const NetworkCopy& copy) { return !in_scope(call.caller.grant.scope, copy.json); });
    return copies;
  };
  NetworkCopies copies = find();
  if (copies.empty()) {
    call.pool.settle(call.context);
    copies = find();
  }
  if (copies.empty()) throw Error(Kind::kNotFound, "network " + std::string(text) + " not found");
  return copies;
}

bool same_network(const NetworkCopy& a, const NetworkCopy& b) {
  if (a.name != b.name) return false;
  if (is_predefined(a.name)) return true;
  const json::value of_a = parse_json(a.json);
  const json::value of_b = parse_json(b.json);
  const auto equal = [&](std::string_view member) {
    const json::value* one = find(of_a, member);
    const json::value* other = find(of_b, member);
    return one == nullptr || other == nullptr ? one == other : *one == *other;
  };
  return equal("Driver") && equal("Options") && equal("Labels") && equal("Internal");
}

std::string with_network_names(const Pool& pool, std::string body) {
  const std::string_view host = member_text(body, "HostConfig");
  const std::string mode = member_string(host, "NetworkMode");
  if (const std::string name = name_for(pool, mode); name != mode) {
    body = with_member(body, "HostConfig", with_member(host, "NetworkMode", json_string(name)));
  }
  const std::string_view networking = member_text(body, "NetworkingConfig");
  const std::string_view endpoints = member_text(networking, "EndpointsConfig");
  if (!endpoints.starts_with('{')) return body;
  const std::string named_endpoints = endpoints_with_names(pool, endpoints);
  if (named_endpoints == endpoints) return body;
  return with_member(body, "NetworkingConfig", with_member(networking, "EndpointsConfig", named_endpoints));
}

void ensure_network(const Context& context, Pool& pool, const NodePtr& node, std::string_view name) {
  if (pool.lists(node->number, Listing::kNetworks, name)) return;
  const NetworkCopies copies = find_network(pool, name);
  if (copies.empty() || std::any_of(copies.begin(), copies.end(),
                                    [&](const NetworkCopy& copy) { return copy.node->number == node->number; })) {
    return;
  }
  const auto model =
      std::find_if(copies.begin(), copies.end(), [](const NetworkCopy& copy) { return copy.node->healthy(); });
  const NetworkCopy& of = model == copies.end() ? copies.front() : *model;
  json::object body = definition_of(parse_json(of.json));
  const auto make = [&] { return ask(context, pool, node, {"POST", "/networks/create", format_json(body)}); };
  Reply reply = make();
  if (!reply.ok() && body.erase("IPAM") != 0) reply = make();  // its addresses are taken on this node
  if (!reply.ok() && reply.status != 409) {
    throw Error(kind_of_http_status(reply.status), reply.message())
        .within("making network '" + of.name + "' on node '" + node->name() + "'");
  }
  log(LogLevel::kInfo, "network '" + of.name + "' is made on node '" + node->name() + "', as a container needs it");
  pool.touch(node->number, Listing::kNetworks);
}

}  // namespace berth::swarm
