// Services that use another service's container: network_mode, ipc and pid "service:x", volumes_from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/plan.h"

namespace berth::converge {

struct ResolvedService {
  compose::Service service;               // with the ids of containers that are there, in its tree too
  std::vector<LateReference> references;  // to containers that the plan creates
  std::vector<std::string> missing;       // services that have no container
};

// Gives the first container of a service, or nothing.
using FindContainer = std::function<std::optional<ContainerRef>(std::string_view service)>;

bool has_references(const compose::Service& service);
// docker compose hashes a service with these references resolved, and so does Berth.
ResolvedService resolve_references(const compose::Service& service, const FindContainer& find);

// The request of a CreateContainer with its late references filled in, and the configuration hash that goes with them.
// `id_of` gives the id of a container that the plan has created.
engine::ContainerCreate bind_references(const CreateContainer& create,
                                        const std::function<engine::ContainerId(const ContainerRef&)>& id_of);

}  // namespace berth::converge
