// A project's containers as commands look for them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/compose/session.h"
#include "engine/containers.h"

namespace berth::cli {

enum class OneOffs { kInclude, kExclude };

// One list call: containers that compose made for the project, of these services (empty: all), in the order of their
// names. `all`: those that don't run too.
std::vector<engine::ContainerSummary> project_containers(Session& session, const std::string& project, bool all,
                                                         OneOffs one_offs,
                                                         const std::vector<std::string>& services = {});

// Gives replicas the published ports that their service's ingress holds for them, and leaves the ingresses out.
void show_ports_of_ingresses(std::vector<engine::ContainerSummary>& containers);

// The service's running container with that number (0: the lowest; one-off containers last). Throws kNotFound.
engine::ContainerSummary service_container(Session& session, const std::string& service, long long index,
                                           OneOffs one_offs = OneOffs::kInclude);

// The project where its files are needed, else only its name: with -p and without -f, files are not looked at.
struct ProjectOrName {
  const compose::Project* project = nullptr;
  std::string name;
};
ProjectOrName project_or_name(Session& session);

}  // namespace berth::cli
