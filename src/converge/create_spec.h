// From a service to the request that creates one of its containers. Pure; exact: everything that docker compose 2.40
// sends, but for what an engine takes as the default anyway.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compose/project.h"
#include "converge/plan.h"
#include "engine/containers.h"

namespace berth::converge {

struct SpecOptions {
  engine::ApiVersion api_version = engine::kNewestApi;
  std::string name;         // the container's final name; an alias in its networks too
  int number = 1;           // 0: a one-off container, which has none
  engine::ImageId image;    // of the service's image, for its label; empty: not known
  std::string hash;         // configuration hash, for its label
  std::string fields;       // see fields.h, for its label
  bool use_aliases = true;  // the service's name and aliases in its networks
  bool publish = true;      // not: its ingress does
  bool auto_remove = false;
  bool attach_stdin = false;
  engine::StringMap labels;  // over all others
  std::vector<std::string> links;
  std::vector<engine::Mount> inherited;  // anonymous volumes of the container before
};

// The request with the networks that this API version takes at create: all, or before 1.44 the first. `name` of it is
// options.name.
engine::ContainerCreate create_spec(const compose::Project& project, const compose::Service& service,
                                    const SpecOptions& options);

// The networks, by their names on the engine, to be connected after create; none from API 1.44 on.
std::vector<std::pair<std::string, engine::EndpointSettings>> later_networks(const compose::Project& project,
                                                                             const compose::Service& service,
                                                                             const SpecOptions& options);

// Secrets and configs that are copied into the container before it starts.
std::vector<CopyFiles> files_to_copy(const compose::Project& project, const compose::Service& service,
                                     const ContainerRef& container);

// What about the service can't be had from an engine of this version, or at all; one message each, empty when all can.
std::vector<std::string> refusals(const compose::Project& project, const compose::Service& service,
                                  engine::ApiVersion api_version);

// "shop-web-1", or the service's container_name.
std::string container_name(std::string_view project_name, const compose::Service& service, int number,
                           std::string_view separator = "-");
// "web-1", or the service's container_name: what label com.docker.compose.replace says.
std::string replaced_name(const compose::Service& service, int number, std::string_view separator = "-");

// The service named in "service:NAME" of network_mode, ipc or pid; empty for other texts.
std::string_view service_in_mode(std::string_view mode);

}  // namespace berth::converge
