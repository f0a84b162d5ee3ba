#include "compose/project.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fnmatch.h>

#include "base/error.h"

namespace berth::compose {
namespace {

bool matches_profile(const Service& service, const std::vector<std::string>& profiles) {
  if (service.profiles.empty()) return true;
  return std::any_of(profiles.begin(), profiles.end(), [&](const std::string& profile) {
    return profile == "*" ||
           std::find(service.profiles.begin(), service.profiles.end(), profile) != service.profiles.end();
  });
}

void enable_profiles(Project& project) {
  for (auto service = project.disabled_services.begin(); service != project.disabled_services.end();) {
    const auto next = std::next(service);
    if (matches_profile(service->second, project.profiles)) {
      project.services.insert(project.disabled_services.extract(service));
    }
    service = next;
  }
}

class Selection {
 public:
  Selection(const Project& project, bool dependencies) : project_(project), dependencies_(dependencies) {}

  // False when nothing has that name.
  bool add(const std::string& pattern) {
    const auto exact = project_.services.find(pattern);
    if (exact != project_.services.end()) {
      add(exact->second);
      return true;
    }
    bool found = false;
    for (const auto& [name, service] : project_.services) {
      if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
      found = true;
      add(service);
    }
    return found;
  }

  const std::set<std::string>& names() const { return names_; }

 private:
  void add(const Service& service) {
    if (!names_.insert(service.name).second || !dependencies_) return;
    for (const auto& [name, dependency] : service.depends_on) {
      if (!add(name) && dependency.required) throw Error(Kind::kNotFound, "no such service: " + name);
    }
  }

  const Project& project_;
  const bool dependencies_;
  std::set<std::string> names_;
};

// What stays depends on nothing that goes.
void forget_dependencies(Service& service, const std::set<std::string>& kept) {
  std::vector<std::string> gone;
  for (const auto& [name, dependency] : service.depends_on) {
    if (!kept.contains(name)) gone.push_back(name);
  }
  for (const std::string& name : gone) {
    service.depends_on.erase(name);
    yaml::Node* tree = service.tree.find_for_edit("depends_on");
    if (tree == nullptr) continue;
    tree->edit_entries().erase(name);
    if (tree->empty()) service.tree.edit_entries().erase("depends_on");
  }
}

template <typename T>
void keep_only(ByName<T>& objects, const std::set<std::string>& names) {
  std::erase_if(objects, [&](const auto& entry) { return !names.contains(entry.first); });
}

}  // namespace

yaml::Position Service::position_of(std::string_view attribute) const {
  const auto* entry = tree.entries().find_entry(attribute.substr(0, attribute.find_first_of(".[")));
  return entry != nullptr && entry->key_position.known() ? entry->key_position : position;
}

std::int64_t Service::replicas() const {
  if (scale) return *scale;
  return deploy && deploy->replicas ? *deploy->replicas : 1;
}

std::vector<std::string> Service::networks_by_priority() const {
  std::vector<std::string> keys;
  for (const auto& [key, attachment] : networks) keys.push_back(key);
  std::stable_sort(keys.begin(), keys.end(), [this](const std::string& a, const std::string& b) {
    return networks.find(a)->second.priority > networks.find(b)->second.priority;
  });
  return keys;
}

const Service* Project::find_service(std::string_view name) const {
  for (const auto* among : {&services, &disabled_services}) {
    if (const auto found = among->find(name); found != among->end()) return &found->second;
  }
  return nullptr;
}

std::string Project::image_of(const Service& service) const {
  return service.image.empty() ? name + "-" + service.name : service.image;
}

Project Project::select(const std::vector<std::string>& names, bool dependencies) const& {
  return Project(*this).select(names, dependencies);
}

Project Project::select(const std::vector<std::string>& names, bool dependencies) && {
  Project selected = std::move(*this);
  if (names.empty()) return selected;
  for (const std::string& service : names) {
    const auto disabled = selected.disabled_services.find(service);
    if (disabled == selected.disabled_services.end()) continue;
    const auto& wanted = disabled->second.profiles;
    selected.profiles.insert(selected.profiles.end(), wanted.begin(), wanted.end());
  }
  enable_profiles(selected);
  Selection selection(selected, dependencies);
  for (const std::string& service : names) {
    if (!selection.add(service)) throw Error(Kind::kNotFound, "no such service: " + service);
  }
  for (auto service = selected.services.begin(); service != selected.services.end();) {
    const auto next = std::next(service);
    if (selection.names().contains(service->first)) {
      forget_dependencies(service->second, selection.names());
    } else {
      selected.disabled_services.insert(selected.services.extract(service));
    }
    service = next;
  }
  return selected;
}

std::vector<yaml::Diagnostic> Project::container_name_conflicts() const {
  std::vector<yaml::Diagnostic> conflicts;
  std::map<std::string, std::string> owners;
  for (const auto& [service_name, service] : services) {
    if (service.container_name.empty()) continue;
    const auto [owner, is_new] = owners.emplace(service.container_name, service_name);
    if (is_new) continue;
    conflicts.push_back(
        {service.position_of("container_name"), "services." + service_name + ".container_name",
         "container name '" + service.container_name + "' is already in use by service '" + owner->second + "'"});
  }
  return conflicts;
}

Project Project::without_unused_resources() const& { return Project(*this).without_unused_resources(); }

Project Project::without_unused_resources() && {
  std::set<std::string> used_networks;
  std::set<std::string> used_volumes;
  std::set<std::string> used_secrets;
  std::set<std::string> used_configs;
  std::set<std::string> used_models;
  for (const auto& [service_name, service] : services) {
    for (const auto& [key, attachment] : service.networks) used_networks.insert(key);
    for (const Mount& mount : service.volumes) {
      if (mount.kind == MountKind::kVolume) used_volumes.insert(mount.source);
    }
    for (const FileGrant& grant : service.secrets) used_secrets.insert(grant.source);
    for (const FileGrant& grant : service.configs) used_configs.insert(grant.source);
    if (service.build) {
      for (const BuildSecret& secret : service.build->secrets) used_secrets.insert(secret.source);
    }
    for (const auto& [key, model] : service.models) used_models.insert(key);
  }
  Project used = std::move(*this);
  keep_only(used.networks, used_networks);
  keep_only(used.volumes, used_volumes);
  keep_only(used.secrets, used_secrets);
  keep_only(used.configs, used_configs);
  keep_only(used.models, used_models);
  return used;
}

}  // namespace berth::compose
