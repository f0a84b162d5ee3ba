// The parts that create_spec() puts together.
#pragma once

#include <string>
#include <vector>

#include "converge/create_spec.h"

namespace berth::converge {

// Binds and mounts: volumes, secrets and configs that are files of the host, inherited anonymous volumes.
struct MountSpec {
  std::vector<std::string> binds;
  std::vector<engine::Mount> mounts;
};
MountSpec mount_spec(const compose::Project& project, const compose::Service& service,
                     const std::vector<engine::Mount>& inherited);

// Its published ports.
engine::PortMap bindings_spec(const compose::Service& service);

engine::Resources resources_spec(const compose::Service& service);
engine::RestartPolicy restart_policy_spec(const compose::Service& service);

engine::EndpointSettings endpoint_spec(const compose::Service& service, std::string_view network_key,
                                       const SpecOptions& options);
// What a swarm manager is told of deploy.placement and of reserved processors.
engine::StringMap placement_labels(const compose::Deploy& deploy);

// Keys of the networks to join, the first one first; none where the container has no network of its own.
std::vector<std::string> networks_to_join(const compose::Project& project, const compose::Service& service);

// HostConfig.NetworkMode and the networks to join at create.
struct NetworkSpec {
  std::string mode;
  engine::NetworkingConfig networks;
};
NetworkSpec network_spec(const compose::Project& project, const compose::Service& service, const SpecOptions& options);

}  // namespace berth::converge
