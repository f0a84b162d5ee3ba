#include "converge/dependency_order.h"

#include <functional>

#include "base/error.h"
#include "base/strings.h"

namespace berth::converge {

Dependencies dependencies_of(const compose::Project& project, const compose::Service& service) {
  Dependencies dependencies;
  for (const auto& [name, dependency] : service.depends_on) {
    if (project.services.contains(name)) {
      dependencies.emplace(name, dependency);
      continue;
    }
    if (!dependency.required) continue;
    const auto disabled = project.disabled_services.find(name);
    if (disabled == project.disabled_services.end()) {
      throw Error(Kind::kInvalid, "service '" + service.name + "' depends on '" + name + "', which is not there");
    }
    std::string message = "service '" + name + "' is required by '" + service.name + "' but is disabled";
    if (!disabled->second.profiles.empty()) {
      message += ": enable it with --profile " + disabled->second.profiles.front();
    }
    throw Error(Kind::kInvalid, message);
  }
  return dependencies;
}

std::vector<const compose::Service*> dependency_order(const compose::Project& project) {
  std::vector<const compose::Service*> order;
  std::set<std::string_view> done;
  std::vector<std::string> path;
  const std::function<void(const compose::Service&)> visit = [&](const compose::Service& service) {
    if (done.contains(service.name)) return;
    for (const std::string& name : path) {
      if (name == service.name) {
        throw Error(Kind::kInvalid, "services depend on each other: " + join(path, " -> ") + " -> " + name);
      }
    }
    path.push_back(service.name);
    for (const auto& [name, dependency] : dependencies_of(project, service)) visit(project.services.find(name)->second);
    path.pop_back();
    done.insert(service.name);
    order.push_back(&service);
  };
  for (const auto& [name, service] : project.services) visit(service);
  return order;
}

Dependents::Dependents(const compose::Project& project) {
  for (const auto& [key, service] : project.services) {
    for (const auto& [name, dependency] : service.depends_on) dependents_[name].push_back(key);
  }
}

const std::vector<std::string>& Dependents::of(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = dependents_.find(name);
  return found == dependents_.end() ? none : found->second;
}

std::set<std::string, std::less<>> with_dependents(const compose::Project& project,
                                                   const std::vector<std::string>& names) {
  const Dependents dependents(project);
  std::set<std::string, std::less<>> all;
  std::vector<std::string> next = names;
  while (!next.empty()) {
    const std::string name = std::move(next.back());
    next.pop_back();
    if (!all.insert(name).second) continue;
    next.insert(next.end(), dependents.of(name).begin(), dependents.of(name).end());
  }
  return all;
}

}  // namespace berth::converge
