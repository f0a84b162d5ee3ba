// GET /system/df and /plugins: what all nodes have.
#include <chrono>
#include <set>
#include <string>

#include "base/strings.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/handlers.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

// Adds the elements of the node's list, told as the pool tells them.
void add_elements(std::string& list, std::string_view name, const Reply& reply) {
  const std::string_view elements = member_text(reply.body, name);
  if (elements.empty()) return;
  const engine::Time now = std::chrono::system_clock::now();
  for (const std::string_view element : elements_of(elements)) {
    if (!list.empty()) list += ',';
    if (name == "Containers") {
      Container(reply.node->number, std::string(element), now).append_to(list, *reply.node, now);
    } else if (name == "Volumes") {
      list += with_member(element, "Node", json_string(reply.node->name()));
    } else {
      list += element;
    }
  }
}

}  // namespace

// An image that several nodes have takes room on each, and is told as often.
void show_disk_usage(Call& call) {
  const std::vector<Reply> replies = ask_all_the_same(call, healthy_nodes(call), "/system/df");
  if (const Reply* error = first_error(replies)) return answer(call, *error);
  std::string text;
  for (const std::string_view name : {"LayersSize", "BuilderSize"}) {
    std::int64_t sum = 0;
    bool told = false;
    for (const Reply& reply : replies) {
      const auto size = parse_integer(member_text(reply.body, name));
      told = told || size;
      sum += size.value_or(0);
    }
    if (told) text += (text.empty() ? "{" : ",") + json_string(name) + ":" + std::to_string(sum);
  }
  for (const std::string_view name : {"Images", "Containers", "Volumes", "BuildCache"}) {
    std::string list;
    for (const Reply& reply : replies) add_elements(list, name, reply);
    text += (text.empty() ? "{" : ",") + json_string(name) + ":[" + list + "]";
  }
  call.json(200, text + "}\n");
}

void list_plugins(Call& call) {
  const std::vector<Reply> replies = ask_all_the_same(call, healthy_nodes(call), "/plugins");
  if (const Reply* error = first_error(replies)) return answer(call, *error);
  std::string text = "[";
  std::set<std::string> told;
  for (const Reply& reply : replies) {
    for (const std::string_view plugin : elements_of(reply.body)) {
      if (!told.insert(member_string(plugin, "Name")).second) continue;
      text += (text.size() > 1 ? "," : "") + std::string(plugin);
    }
  }
  call.json(200, text + "]\n");
}

void refuse_swarm_mode(Call& call) {
  call.refuse(
      503,
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node "
      "to swarm and try again.");
}

}  // namespace berth::swarm
