#include "swarm/placement/cluster_text_test.h"

#include <sstream>

#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

std::int64_t cpus_in(const std::string& text) { return static_cast<std::int64_t>(parse_number(text).value() * 1e9); }

void set(Node& node, const std::string& name, const std::string& value) {
  if (name == "cpus") {
    node.capacity.nano_cpus = cpus_in(value);
  } else if (name == "memory") {
    node.capacity.memory = parse_bytes(value).value();
  } else if (name == "gpu") {
    node.capacity.generic["gpu"] = parse_integer(value).value();
  } else if (name == "state") {
    node.healthy = value != "down";
    if (value == "pause") node.availability = Availability::kPause;
    if (value == "drain") node.availability = Availability::kDrain;
  } else if (name == "image") {
    node.images.push_back(value);
  } else if (name == "os") {
    node.os = value;
  } else if (name == "arch") {
    node.architecture = value;
  } else if (name == "role") {
    node.role = value == "manager" ? Role::kManager : Role::kWorker;
  } else {
    node.engine_labels[name] = value;
  }
}

Container container_in(const std::string& text, const NodeId& node) {
  const std::vector<std::string> parts = split(text, ',');
  const auto [name, group] = cut(parts.front(), '@');
  Container container;
  container.id = ContainerId("id-of-" + std::string(name));
  container.name = name;
  container.node = node;
  container.running = true;
  if (group) container.image = *group;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [key, rest] = cut(parts[i], '=');
    const std::string value(rest.value_or(""));
    if (key == "port") {
      const auto port = static_cast<std::uint16_t>(parse_integer(value).value());
      container.ports.push_back({Protocol::kTcp, "", port, port});
    } else if (key == "cpus") {
      container.reservation.nano_cpus = cpus_in(value);
    } else if (key == "net") {
      container.networks.push_back(value);
    } else if (key == "volume") {
      container.volumes.push_back(value);
    } else if (key == "label") {
      const auto [label, label_value] = cut(value, ':');
      container.labels[std::string(label)] = label_value.value_or("");
    }
  }
  return container;
}

}  // namespace

Cluster cluster_of(std::string_view text) {
  Cluster cluster;
  for (const std::string& line : split(text, '\n')) {
    const auto [facts, containers] = cut(line, ':');
    const bool colon_in_image = facts.find("image=") != std::string_view::npos;
    const std::size_t at = colon_in_image ? line.find(" : ") : line.find(':');
    std::istringstream words(line.substr(0, at));
    Node node;
    if (!(words >> node.name)) continue;
    node.id = NodeId("ID-" + node.name);
    node.address = "10.0.0.1:2376";
    for (std::string word; words >> word;) set(node, word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
    const NodeId id = node.id;
    cluster.set_node(std::move(node));
    if (at == std::string::npos) continue;
    std::istringstream rest(line.substr(line.find(':', at) + 1));
    for (std::string word; rest >> word;) cluster.set_container(container_in(word, id));
  }
  return cluster;
}

Request request_for(std::string_view body, std::string_view name) {
  return parse_request({name, "", replace_all(body, "'", "\"")});
}

std::string text_of(const Placement& placement) {
  if (const auto* refusal = std::get_if<Refusal>(&placement)) return refusal->message();
  const auto& decision = std::get<Decision>(placement);
  std::string text = decision.node->name;
  for (const std::string& given_up : decision.given_up) text += " without " + given_up;
  return text;
}

std::string placed(Cluster& cluster, const Request& request, int count, const Options& options) {
  std::vector<std::string> answers;
  for (int i = 0; i < count; ++i) {
    const Placement placement = place(cluster, request, options);
    answers.push_back(text_of(placement));
    const auto* decision = std::get_if<Decision>(&placement);
    if (decision == nullptr) break;
    Container container = container_of(request, decision->node->id, ContainerId("pending-" + std::to_string(i)));
    container.name += "-" + std::to_string(i);
    cluster.set_container(container);
  }
  return join(answers, " ");
}

}  // namespace berth::swarm::placement
