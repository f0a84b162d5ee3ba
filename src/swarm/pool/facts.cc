#include "swarm/pool/facts.h"

#include <string>

#include "base/json.h"
#include "base/strings.h"
#include "swarm/placement/request.h"

namespace berth::swarm {

namespace {

using placement::HostPort;
using placement::Protocol;

std::vector<std::string> image_names(std::string_view images) {
  std::vector<std::string> names;
  if (images.empty()) return names;
  const json::value list = parse_json(images);
  if (!list.is_array()) return names;
  for (const json::value& image : list.get_array()) {
    names.push_back(text_of(image, "Id"));
    for (std::string& name : texts_of(image, "RepoTags")) {
      if (name != "<none>:<none>") names.push_back(std::move(name));
    }
    for (std::string& name : texts_of(image, "RepoDigests")) names.push_back(std::move(name));
  }
  return names;
}

Protocol protocol_of(std::string_view name) {
  if (name == "udp") return Protocol::kUdp;
  return name == "sctp" ? Protocol::kSctp : Protocol::kTcp;
}

std::vector<HostPort> ports_of(const json::value& listed) {
  std::vector<HostPort> ports;
  const json::array* all = find_array(listed, "Ports");
  if (all == nullptr) return ports;
  for (const json::value& port : *all) {
    const auto number = static_cast<std::uint16_t>(integer_of(port, "PublicPort"));
    if (number == 0) continue;
    std::string address = text_of(port, "IP");
    if (address == "0.0.0.0" || address == "::") address.clear();
    HostPort taken{protocol_of(text_of(port, "Type")), std::move(address), number, number};
    // One for IPv4, one for IPv6: the same to us.
    if (std::find(ports.begin(), ports.end(), taken) == ports.end()) ports.push_back(std::move(taken));
  }
  return ports;
}

}  // namespace

placement::Node facts_of(const Node& node, std::string_view images, double overcommit) {
  placement::Node facts;
  facts.id = placement::NodeId(node.info.id);
  facts.name = node.name();
  facts.address = node.address;
  facts.healthy = node.healthy();
  facts.availability = node.settings.availability;
  for (const std::string& label : node.info.labels) {
    const auto [name, value] = cut(label, '=');
    facts.engine_labels.insert_or_assign(std::string(name), std::string(value.value_or("")));
  }
  facts.labels = node.settings.labels;
  facts.os = node.info.os_type;
  facts.architecture = node.info.architecture;
  facts.operating_system = node.info.operating_system;
  facts.kernel_version = node.info.kernel_version;
  facts.storage_driver = node.info.driver;
  facts.engine_version = node.info.server_version;
  facts.capacity.nano_cpus = node.info.ncpu * 1'000'000'000;
  facts.capacity.memory = node.info.mem_total;
  facts.capacity = placement::overcommitted(std::move(facts.capacity), overcommit);
  facts.images = image_names(images);
  return facts;
}

placement::Container facts_of(const Container& container, const placement::NodeId& node) {
  const json::value listed = parse_json(container.json());
  placement::Container facts;
  facts.id = placement::ContainerId(container.id());
  facts.name = container.name();
  facts.node = node;
  facts.running = container.running();
  facts.image = text_of(listed, "Image");
  for (auto& [name, value] : pairs_of(listed, "Labels")) facts.labels.emplace(std::move(name), std::move(value));
  facts.reservation = placement::reservation_of(facts.labels).value_or(placement::Resources());
  facts.ports = ports_of(listed);
  if (const json::array* mounts = find_array(listed, "Mounts")) {
    for (const json::value& mount : *mounts) {
      if (text_of(mount, "Type") == "volume") facts.volumes.push_back(text_of(mount, "Name"));
    }
  }
  if (const json::object* settings = find_object(listed, "NetworkSettings")) {
    const auto* networks = settings->if_contains("Networks");
    if (networks != nullptr && networks->is_object()) {
      for (const auto& network : networks->get_object()) {
        const std::string_view name = network.key();
        if (name != "bridge" && name != "host" && name != "none") facts.networks.emplace_back(name);
      }
    }
  }
  return facts;
}

}  // namespace berth::swarm
