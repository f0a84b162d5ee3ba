// GET /containers/json and POST /containers/prune.
#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "engine/json.h"
#include "http/url.h"
#include "swarm/api/api.h"
#include "swarm/api/container_filter.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kAskedAtOnce = 32;

// Sizes are known to the engines only, and cost them much: each is asked once.
std::unordered_map<std::string, std::string> texts_with_size(const Call& call) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  Guarded<std::unordered_map<std::string, std::string>> texts;
  for_each_parallel(nodes, kAskedAtOnce, [&](const NodePtr& node) {
    const std::string body = call.pool.get(call.context, node->number, "/containers/json?all=1&size=1");
    for (const std::string_view element : elements_of(body)) {
      std::string id = text_of(parse_json(element), "Id");
      texts.lock()->emplace(std::move(id), element);
    }
  });
  return std::move(*texts.lock());
}

}  // namespace

void list_containers(Call& call) {
  call.pool.settle(call.context);
  const FilterMap filters = call.filters();
  const auto limit = parse_integer(call.query("limit")).value_or(0);
  const bool all = call.flag("all") || limit > 0 || filters.contains("status") || filters.contains("exited");
  std::vector<ContainerPtr> containers = call.pool.containers();
  if (!all) std::erase_if(containers, [](const ContainerPtr& container) { return !container->running(); });
  containers = filtered(call, std::move(containers), filters);
  // The newest first, as engines have it; the order of those of one second stays from call to call.
  std::stable_sort(containers.begin(), containers.end(),
                   [](const ContainerPtr& a, const ContainerPtr& b) { return a->created() > b->created(); });
  if (limit > 0 && containers.size() > static_cast<std::size_t>(limit)) {
    containers.resize(static_cast<std::size_t>(limit));
  }

  std::unordered_map<NodeNumber, NodePtr> nodes;
  for (const NodePtr& node : call.pool.nodes()) nodes.emplace(node->number, node);
  const bool with_size = call.flag("size");
  const auto sized = with_size ? texts_with_size(call) : std::unordered_map<std::string, std::string>();
  const engine::Time now = std::chrono::system_clock::now();
  std::string text = "[";
  for (const ContainerPtr& container : containers) {
    const auto node = nodes.find(container->node());
    if (node == nodes.end()) continue;
    if (text.size() > 1) text += ',';
    if (const auto found = sized.find(container->id()); found != sized.end()) {
      Container(container->node(), found->second, now).append_to(text, *node->second, now);
    } else {
      container->append_to(text, *node->second, now);
    }
  }
  text += "]\n";
  call.json(200, text);
}

void prune_containers(Call& call) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  std::set<std::string> rescheduled;
  for (const ContainerPtr& container : call.pool.rescheduled()) rescheduled.insert(container->id());
  struct Sum {
    json::array deleted;
    std::int64_t reclaimed = 0;
  };
  Guarded<Sum> sum;
  const auto outcomes = for_each_parallel(nodes, kAskedAtOnce, [&](const NodePtr& node) {
    http::Response response = client_of(call, *node)->send(call.context, request_for(call, *node, "/containers/prune"));
    const std::string body = response.read_all(call.context);
    const json::value answer = parse_json(body);
    if (!response.ok()) throw Error(kind_of_http_status(response.status()), text_of(answer, "message"));
    for (const std::string& id : texts_of(answer, "ContainersDeleted")) {
      if (rescheduled.contains(id)) call.api.told_removed(call.context, *node, id);
      call.pool.touch(node->number, id);
      sum.lock()->deleted.emplace_back(id);
    }
    sum.lock()->reclaimed += integer_of(answer, "SpaceReclaimed");
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (outcomes[i]) throw outcomes[i]->within("node '" + nodes[i]->name() + "'");
  }
  const auto lock = sum.lock();
  call.json(200, json::object{{"ContainersDeleted", lock->deleted}, {"SpaceReclaimed", lock->reclaimed}});
}

}  // namespace berth::swarm
