// Calls about one container: they go to its engine.
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "swarm/access/confine.h"
#include "swarm/api/api.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/node_memory.h"
#include "swarm/api/resolve.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

// The container is looked at anew once its engine has changed it.
Answered touching(const Call& call, const Found& found) {
  return [&pool = call.pool, found](int status) {
    if (status < 400) pool.touch(found.node->number, found.container->id());
  };
}

// What stands behind the name in the route: "/start".
std::string rest_of_path(const Call& call) {
  constexpr std::string_view kBefore = "/containers/";
  return call.target.path.substr(kBefore.size() + call.name.size());
}

bool is_taken(const Call& call, const std::string& name, const Found& by_other_than) {
  const ContainerLookup other = call.pool.find_container("/" + name);
  const auto* taken = std::get_if<ContainerPtr>(&other);
  return taken != nullptr && (*taken)->name() == name && (*taken)->id() != by_other_than.container->id();
}

// The member "Node" that classic Swarm adds to an inspected container.
std::string node_text(const Node& node) {
  json::object labels;
  for (const std::string& label : node.info.labels) {
    const std::size_t equals = label.find('=');
    labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  return format_json(json::object{{"ID", node.info.id},
                                  {"IP", node.ip},
                                  {"Addr", node.address},
                                  {"Name", node.name()},
                                  {"Cpus", node.info.ncpu},
                                  {"Memory", count(node.info.mem_total)},
                                  {"Labels", std::move(labels)}});
}

}  // namespace

void pass_to_container(Call& call) {
  const Found found = container_of(call, call.name);
  forward(call, *found.node, container_path(found.container, rest_of_path(call)));
}

void change_container(Call& call) {
  const Found found = container_of(call, call.name);
  forward(call, *found.node, container_path(found.container, rest_of_path(call)), touching(call, found));
}

void inspect_container(Call& call) {
  const Found found = container_of(call, call.name);
  http::Response response =
      client_of(call, *found.node)
          ->send(call.context, request_for(call, *found.node, container_path(found.container, "/json")));
  if (response.status() != 200) return relay(call, response);
  std::string text = response.read_all(call.context);
  const auto id = find_member(text, "Id");
  // The engine's text stays as it is but for the addresses of its ports and one more member, right before its id.
  if (id) {
    const std::size_t at = text.rfind("\"Id\"", id->begin);
    text.insert(at, "\"Node\":" + node_text(*found.node) + ",");
  }
  const std::string_view network = member_text(text, "NetworkSettings");
  const std::string_view ports = member_text(network, "Ports");
  if (!ports.empty()) {
    text = with_member(text, "NetworkSettings", with_member(network, "Ports", ports_at(*found.node, ports, "HostIp")));
  }
  call.json(200, text);
}

void update_container(Call& call) {
  if (call.caller.grant.scope.empty()) return change_container(call);
  const Found found = container_of(call, call.name);
  const std::string body = confined_update(call.caller.grant.scope, call.exchange.read_all(call.context));
  http::Response response =
      client_of(call, *found.node)
          ->send(call.context, request_for(call, *found.node, container_path(found.container, "/update")), body);
  touching(call, found)(response.status());
  relay(call, response);
}

void remove_container(Call& call) {
  const Found found = container_of(call, call.name);
  const bool rescheduled = call.pool.is_rescheduled(*found.container);
  forward(call, *found.node, container_path(found.container, ""), [&](int status) {
    if (status < 400 && rescheduled) call.api.told_removed(call.context, *found.node, found.container->id());
    touching(call, found)(status);
  });
}

void rename_container(Call& call) {
  const Found found = container_of(call, call.name);
  const std::string wanted = call.query("name");
  // What has just been removed has no name any more once that has been seen.
  if (is_taken(call, wanted, found)) call.pool.settle(call.context);
  if (is_taken(call, wanted, found)) {
    throw Error(Kind::kConflict, "Conflict: The name " + wanted +
                                     " is already assigned. You have to delete (or rename) that container to be able "
                                     "to assign " +
                                     wanted + " to a container again.");
  }
  forward(call, *found.node, container_path(found.container, "/rename"), touching(call, found));
}

void create_exec(Call& call) {
  const Found found = container_of(call, call.name);
  const std::string body = confined_exec(call.caller.grant.scope, call.exchange.read_all(call.context));
  http::Response response =
      client_of(call, *found.node)
          ->send(call.context, request_for(call, *found.node, container_path(found.container, "/exec")), body);
  if (!response.ok()) return relay(call, response);
  const std::string text = response.read_all(call.context);
  call.api.execs().add(text_of(parse_json(text), "Id"), found.node->number);
  call.json(response.status(), text);
}

void commit_container(Call& call) {
  const Found found = container_of(call, call.query("container"));
  forward(call, *found.node, "/commit", [&](int status) {
    if (status < 400) call.pool.touch(found.node->number, Listing::kImages);
  });
}

}  // namespace berth::swarm
