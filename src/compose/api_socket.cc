#include "compose/api_socket.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "compose/bind.h"
#include "compose/set_variable.h"
#include "compose/shape.h"

namespace berth::compose {
namespace {

using yaml::Mapping;
using yaml::Node;

constexpr std::string_view kConfig = "#apisocket";  // a key that no file can have: it would be a comment
constexpr std::string_view kSocketTarget = "/var/run/docker.sock";
constexpr std::string_view kConfigFolder = "/run/secrets/docker";
constexpr std::string_view kConfigTarget = "/run/secrets/docker/config.json";
constexpr std::string_view kVariable = "DOCKER_CONFIG";

Node texts(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
  Mapping mapping;
  for (const auto& [key, value] : entries) mapping.insert(std::string(key), Node::string(std::string(value)));
  return Node::mapping(std::move(mapping));
}

void append(Service& service, std::string_view attribute, Node item) {
  const Node* before = service.tree.find(attribute);
  Node list = before != nullptr ? *before : Node::sequence();
  list.edit_items().push_back(std::move(item));
  set_bound(service.tree, kServiceShape, attribute, std::move(list));
}

void write_out(Service& service, const std::string& socket) {
  Mount mount;
  mount.kind = MountKind::kBind;
  mount.source = socket;
  mount.target = kSocketTarget;
  mount.position = service.position_of("use_api_socket");
  service.volumes.push_back(mount);
  append(service, "volumes", texts({{"type", "bind"}, {"source", socket}, {"target", kSocketTarget}}));
  FileGrant grant;
  grant.source = kConfig;
  grant.target = kConfigTarget;
  grant.position = mount.position;
  service.configs.push_back(grant);
  append(service, "configs", texts({{"source", kConfig}, {"target", kConfigTarget}}));
  if (!service.environment.contains(kVariable))
    set_variable(service, std::string(kVariable), std::string(kConfigFolder));
}

}  // namespace

bool uses_api_socket(const Project& project) {
  return std::any_of(project.services.begin(), project.services.end(),
                     [](const auto& entry) { return entry.second.use_api_socket; });
}

void write_out_api_socket(Project& project, const std::string& socket, const std::string& docker_config) {
  if (!uses_api_socket(project)) return;
  FileObject config;
  config.key = kConfig;
  config.name = kConfig;
  config.content = docker_config;
  project.configs.insert_or_assign(std::string(kConfig), std::move(config));
  for (auto& [name, service] : project.services) {
    if (service.use_api_socket) write_out(service, socket);
  }
}

}  // namespace berth::compose
