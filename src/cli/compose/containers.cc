#include "cli/compose/containers.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "converge/labels.h"

namespace berth::cli {

using namespace converge;

std::vector<engine::ContainerSummary> project_containers(Session& session, const std::string& project, bool all,
                                                         OneOffs one_offs, const std::vector<std::string>& services) {
  engine::ContainerListOptions query;
  query.all = all;
  query.filters.emplace("label", std::string(label::kProject) + "=" + project);
  query.filters.emplace("label", label::kConfigHash);
  if (one_offs == OneOffs::kExclude) query.filters.emplace("label", std::string(label::kOneOff) + "=False");
  if (services.size() == 1) query.filters.emplace("label", std::string(label::kService) + "=" + services.front());
  auto containers = session.engine().list_containers(session.context(), query);
  std::erase_if(containers, [&](const auto& container) {
    return !services.empty() && std::find(services.begin(), services.end(), service_of(container)) == services.end();
  });
  std::sort(containers.begin(), containers.end(), [](const auto& a, const auto& b) { return name_of(a) < name_of(b); });
  return containers;
}

void show_ports_of_ingresses(std::vector<engine::ContainerSummary>& containers) {
  for (engine::ContainerSummary& container : containers) {
    if (label_of(container.labels, label::kBehindIngress) != "true" || !is_up(container)) continue;
    for (const engine::ContainerSummary& ingress : containers) {
      if (!is_ingress(ingress) || service_of(ingress) != service_of(container)) continue;
      for (const engine::Port& held : ingress.ports) {
        std::erase_if(container.ports, [&](const engine::Port& port) {
          return port.public_port == 0 && port.private_port == held.private_port && port.type == held.type;
        });
        container.ports.push_back(held);
      }
    }
  }
  std::erase_if(containers, is_ingress);
}

engine::ContainerSummary service_container(Session& session, const std::string& service, long long index,
                                           OneOffs one_offs) {
  auto containers = project_containers(session, session.project_name(), false, one_offs, {service});
  std::erase_if(containers, [&](const auto& container) { return index > 0 && number_of(container) != index; });
  if (containers.empty()) {
    const std::string number = index > 0 ? " container #" + std::to_string(index) : std::string();
    throw Error(Kind::kNotFound, "service \"" + service + "\" is not running" + number);
  }
  const auto order = [](const auto& container) {
    return std::tuple(is_one_off(container), number_of(container).value_or(0));
  };
  return *std::min_element(containers.begin(), containers.end(),
                           [&](const auto& a, const auto& b) { return order(a) < order(b); });
}

ProjectOrName project_or_name(Session& session) {
  if (session.names_project_only()) return {nullptr, session.project_name()};
  try {
    const compose::Project& project = session.project();
    return {&project, project.name};
  } catch (const Error&) {
    if (session.invocation().environment.get_or("COMPOSE_PROJECT_NAME", "").empty()) throw;
    return {nullptr, session.project_name()};
  }
}

}  // namespace berth::cli
