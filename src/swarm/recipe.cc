#include "swarm/recipe.h"

#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "swarm/pool/container.h"

namespace berth::swarm {

namespace {

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

// A container that was made past the manager has no id in the cluster: from now on it is the one it has on its engine.
void count_generation(json::object& config, const std::string& id) {
  json::value& labels = config["Labels"];
  if (!labels.is_object()) labels = json::object();
  json::object& object = labels.get_object();
  const std::int64_t generation = parse_integer(text_of(labels, kGenerationLabel)).value_or(0);
  object[kGenerationLabel] = std::to_string(generation + 1);
  if (!object.contains(placement::label::kId)) object[placement::label::kId] = id;
}

// An engine takes members that are not there for these.
void drop_unset(json::object& members) {
  for (auto member = members.begin(); member != members.end();) {
    const json::value& value = member->value();
    const bool unset = value.is_null() || (value.is_string() && value.get_string().empty()) ||
                       (value.is_object() && value.get_object().empty());
    member = unset ? members.erase(member) : std::next(member);
  }
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
  count_generation(body, id);
  drop_unset(body);
  json::object kept_host = *host;
  drop_unset(kept_host);
  body["HostConfig"] = std::move(kept_host);
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

}  // namespace berth::swarm
