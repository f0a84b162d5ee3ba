#include "swarm/reschedule.h"

#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "http/url.h"
#include "swarm/api/networks.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kPace{200};
constexpr std::chrono::seconds kCallLimit{10};
constexpr std::chrono::seconds kImageLimit{120};

// What is asked of a network by the container's owner; the rest the engine filled in.
json::object endpoint_of(const json::value& endpoint, std::string_view own_id) {
  json::object kept;
  for (const std::string_view member : {"IPAMConfig", "Links", "DriverOpts"}) {
    const json::value* value = find(endpoint, member);
    if (value != nullptr && !value->is_null()) kept[member] = *value;
  }
  json::array aliases;
  for (const std::string& alias : texts_of(endpoint, "Aliases")) {
    if (alias != own_id.substr(0, 12)) aliases.push_back(json::string(alias));
  }
  if (!aliases.empty()) kept["Aliases"] = std::move(aliases);
  return kept;
}

bool is_engines_own(std::string_view network) {
  return network == "bridge" || network == "host" || network == "none" || network == "default";
}

void count_generation(json::object& config) {
  json::value& labels = config["Labels"];
  if (!labels.is_object()) labels = json::object();
  const std::int64_t generation = parse_integer(text_of(labels, kGenerationLabel)).value_or(0);
  labels.get_object()[kGenerationLabel] = std::to_string(generation + 1);
}

}  // namespace

Recipe recipe_of(std::string_view inspected) {
  const json::value container = parse_json(inspected);
  const json::object* config = find_object(container, "Config");
  const json::object* host = find_object(container, "HostConfig");
  const std::string id = text_of(container, "Id");
  if (config == nullptr || host == nullptr || id.empty()) throw Error(Kind::kInvalid, "this is no inspected container");
  Recipe recipe;
  recipe.name = text_of(container, "Name");
  if (recipe.name.starts_with('/')) recipe.name.erase(0, 1);

  json::object body = *config;
  if (text_of(body, "Hostname") == id.substr(0, 12)) body.erase("Hostname");
  count_generation(body);
  body["HostConfig"] = *host;
  const std::string primary = text_of(*host, "NetworkMode");
  json::object endpoints;
  if (const json::value* settings = find(container, "NetworkSettings")) {
    if (const json::object* networks = find_object(*settings, "Networks")) {
      for (const auto& network : *networks) {
        const std::string name(network.key());
        if (is_engines_own(name)) continue;
        json::object endpoint = endpoint_of(network.value(), id);
        // Engines before API 1.44 take one network at create.
        if (name == primary) {
          endpoints[name] = std::move(endpoint);
        } else {
          recipe.connects[name] = format_json(json::object{{"EndpointConfig", std::move(endpoint)}});
        }
      }
    }
  }
  if (!endpoints.empty()) body["NetworkingConfig"] = json::object{{"EndpointsConfig", std::move(endpoints)}};
  recipe.create_body = format_json(body);
  return recipe;
}

void Rescheduler::run(const Context& context) {
  for (;;) {
    step(context);
    context.sleep_for(kPace);
  }
}

void Rescheduler::step(const Context& context) {
  learn(context);
  if (!leads()) return;
  remove_stale(context);
  for (const NodePtr& node : pool_.nodes()) {
    if (is_lost(*node)) rescue(context, *node);
  }
}

bool Rescheduler::wants(const Container& container) const {
  if (container.reschedule() == placement::Reschedule::kUnset) {
    return options_.by_default == placement::Reschedule::kOnNodeFailure;
  }
  return container.reschedule() == placement::Reschedule::kOnNodeFailure;
}

// Asks for the recipes that are missing while their engines can still be asked.
void Rescheduler::learn(const Context& context) {
  std::set<std::string> wanted;
  const bool all = options_.by_default == placement::Reschedule::kOnNodeFailure;
  for (const ContainerPtr& container : all ? pool_.containers() : pool_.rescheduled()) {
    if (!wants(*container)) continue;
    wanted.insert(container->id());
    const NodePtr node = pool_.node(container->node());
    if (recipes_.contains(container->id()) || !node || !node->healthy()) continue;
    try {
      const std::string text =
          pool_.get(context.with_timeout(kCallLimit), node->number, "/containers/" + container->id() + "/json");
      recipes_.emplace(container->id(), recipe_of(text));
      log(LogLevel::kInfo, "knows how to make '" + container->name() + "' anew should '" + node->name() + "' die");
    } catch (const Error& e) {
      context.check();
      log(LogLevel::kDebug, e.within("recipe of '" + container->name() + "'").message());
    }
  }
  std::erase_if(recipes_, [&](const auto& recipe) { return !wanted.contains(recipe.first); });
}

void Rescheduler::remove_stale(const Context& context) {
  for (const ContainerPtr& copy : pool_.take_stale()) {
    const NodePtr node = pool_.node(copy->node());
    if (!node || !node->healthy()) continue;  // told again when the node is back
    try {
      pool_.call(context.with_timeout(kCallLimit), node->number, "DELETE", "/containers/" + copy->id() + "?force=1");
      log(LogLevel::kInfo, "removed the copy of '" + copy->name() + "' that '" + node->name() + "' still had");
    } catch (const Error& e) {
      context.check();
      log(LogLevel::kWarning, e.within("removing an old copy of '" + copy->name() + "'").message());
      pool_.touch(copy->node(), copy->id());  // told again
    }
  }
}

bool Rescheduler::is_lost(const Node& node) const {
  const auto away = std::chrono::system_clock::now() - node.state_since;
  switch (node.state) {
    case NodeState::kHealthy:
    case NodeState::kPending:
      return false;
    case NodeState::kUnhealthy:
      return away >= options_.patience_with_hung;
    case NodeState::kUnreachable:
    case NodeState::kDisconnected:
      return away >= options_.patience;
  }
  return false;
}

void Rescheduler::rescue(const Context& context, const Node& node) {
  for (const ContainerPtr& lost : pool_.containers_of(node.number)) {
    const auto recipe = recipes_.find(lost->id());
    if (!leads()) return;
    if (recipe == recipes_.end() || !wants(*lost)) continue;
    try {
      remake(context, *lost, recipe->second);
    } catch (const Error& e) {
      context.check();
      log(LogLevel::kWarning, e.within("rescheduling '" + lost->name() + "' of '" + node.name() + "'").message());
    }
  }
}

void Rescheduler::remake(const Context& context, const Container& lost, const Recipe& recipe) {
  const placement::Request request = placement::parse_request({recipe.name, "", recipe.create_body});
  auto placed = pool_.reserve_instead(lost, request);
  if (const auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    throw Error(Kind::kUnavailable, refusal->message());
  }
  const Reservation& place = std::get<Reservation>(placed);
  const NodeNumber on = place.node->number;
  Context limited = context.with_timeout(kImageLimit);
  std::string id;
  try {
    images_.bring(limited, place.node, {request.image, request.platform, ""});
    limited = context.with_timeout(kCallLimit);
    for (const std::string& network : request.networks) ensure_network(limited, pool_, place.node, network);
    for (const auto& [network, body] : recipe.connects) ensure_network(limited, pool_, place.node, network);
    const std::string path = http::Query().add_if("name", recipe.name).on("/containers/create");
    if (!leads()) throw Error(Kind::kUnavailable, "another manager leads now");
    id = text_of(parse_json(pool_.call(limited, on, "POST", path, request.body)), "Id");
    for (const auto& [network, body] : recipe.connects) {
      json::object connect = parse_json(body).as_object();
      connect["Container"] = id;
      pool_.call(limited, on, "POST", "/networks/" + http::percent_encode(network) + "/connect", format_json(connect));
    }
    if (lost.running()) pool_.call(limited, on, "POST", "/containers/" + id + "/start");
  } catch (const Error&) {
    pool_.release(place);
    if (!id.empty()) pool_.call(limited.detached(), on, "DELETE", "/containers/" + id + "?force=1");
    throw;
  }
  pool_.fulfil(place, id);
  log(LogLevel::kInfo, "rescheduled '" + recipe.name + "' onto '" + place.node->name() + "', " + place.why);
}

}  // namespace berth::swarm
