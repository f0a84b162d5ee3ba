#include "converge/references.h"

#include <array>
#include <utility>

#include "base/strings.h"
#include "compose/hash.h"
#include "converge/create_spec.h"
#include "converge/labels.h"

namespace berth::converge {

namespace {

using Attribute = LateReference::Attribute;

constexpr std::string_view kContainerPrefix = "container:";

struct Mode {
  Attribute attribute;
  const char* key;  // in the service's tree
  std::string compose::Service::* field;
};
constexpr std::array<Mode, 3> kModes = {{{Attribute::kNetworkMode, "network_mode", &compose::Service::network_mode},
                                         {Attribute::kIpc, "ipc", &compose::Service::ipc},
                                         {Attribute::kPid, "pid", &compose::Service::pid}}};

void set_in_tree(compose::Service& service, std::string_view key, const std::string& text) {
  if (yaml::Node* node = service.tree.find_for_edit(key)) *node = yaml::Node::string(text);
}

// The tree's text has no ":ro": that is how docker compose hashes it.
void set_volumes_from(compose::Service& service, std::size_t index, const std::string& source,
                      const std::string& suffix) {
  service.volumes_from[index] = source + suffix;
  yaml::Node* list = service.tree.find_for_edit("volumes_from");
  if (list != nullptr && index < list->size()) list->edit_items()[index] = yaml::Node::string(source);
}

void set(compose::Service& service, const LateReference& reference, const std::string& id) {
  if (reference.attribute == Attribute::kVolumesFrom) {
    set_volumes_from(service, reference.index, id, reference.suffix);
    return;
  }
  for (const Mode& mode : kModes) {
    if (mode.attribute != reference.attribute) continue;
    service.*(mode.field) = reference.prefix + id;
    set_in_tree(service, mode.key, service.*(mode.field));
  }
}

class Resolver {
 public:
  Resolver(const compose::Service& service, const FindContainer& find) : find_(find) { result_.service = service; }

  ResolvedService resolve() {
    for (const Mode& mode : kModes) {
      const std::string_view name = service_in_mode(result_.service.*(mode.field));
      if (!name.empty()) {
        refer(std::string(name), {.attribute = mode.attribute, .prefix = std::string(kContainerPrefix)});
      }
    }
    for (std::size_t i = 0; i < result_.service.volumes_from.size(); ++i) resolve_volumes_from(i);
    return std::move(result_);
  }

 private:
  void resolve_volumes_from(std::size_t index) {
    const std::vector<std::string> parts = split(result_.service.volumes_from[index], ':');
    const bool of_container = parts.front() == "container" && parts.size() > 1;
    const std::size_t mode = of_container ? 2 : 1;
    const std::string suffix = parts.size() > mode ? ":" + parts[mode] : "";
    if (of_container) {
      set_volumes_from(result_.service, index, parts[1], suffix);
    } else {
      refer(parts.front(), {.attribute = Attribute::kVolumesFrom, .index = index, .suffix = suffix});
    }
  }

  void refer(const std::string& name, LateReference reference) {
    const std::optional<ContainerRef> container = find_(name);
    if (!container) {
      result_.missing.push_back(name);
      return;
    }
    reference.container = *container;
    if (container->id.empty()) {
      result_.references.push_back(std::move(reference));
    } else {
      set(result_.service, reference, container->id.value);
    }
  }

  const FindContainer& find_;
  ResolvedService result_;
};

}  // namespace

bool has_references(const compose::Service& service) {
  if (!service.volumes_from.empty()) return true;
  for (const Mode& mode : kModes) {
    if (!service_in_mode(service.*(mode.field)).empty()) return true;
  }
  return false;
}

ResolvedService resolve_references(const compose::Service& service, const FindContainer& find) {
  return Resolver(service, find).resolve();
}

engine::ContainerCreate bind_references(const CreateContainer& create,
                                        const std::function<engine::ContainerId(const ContainerRef&)>& id_of) {
  engine::ContainerCreate request = create.request;
  if (create.references.empty() || !create.service) return request;
  compose::Service service = *create.service;
  for (const LateReference& reference : create.references) set(service, reference, id_of(reference.container).value);
  request.host_config.network_mode =
      service.network_mode.empty() ? request.host_config.network_mode : service.network_mode;
  request.host_config.ipc_mode = service.ipc;
  request.host_config.pid_mode = service.pid;
  request.host_config.volumes_from = service.volumes_from;
  request.config.labels[label::kConfigHash] = compose::service_hash(service);
  return request;
}

}  // namespace berth::converge
